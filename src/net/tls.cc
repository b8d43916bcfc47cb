#include "taskpod/net/tls.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace taskpod::net {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;

Error tlsError(std::string_view what) {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  ERR_clear_error();
  return {Reason::BadRequest, std::string(what) + ": " + text, 0};
}

BioPtr memory(const std::string& text) { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

Result<void> useOwn(SSL_CTX* context, const TlsSettings& settings) {
  if (settings.certificatePem.empty()) return {};
  BioPtr in = memory(settings.certificatePem);
  X509Ptr leaf(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) return tlsError("certificate");
  while (X509* more = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)) SSL_CTX_add_extra_chain_cert(context, more);
  ERR_clear_error();
  BioPtr keyIn = memory(settings.keyPem);
  KeyPtr key(PEM_read_bio_PrivateKey(keyIn.get(), nullptr, nullptr, nullptr));
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1) return tlsError("private key");
  return {};
}

Result<void> trust(SSL_CTX* context, const std::string& pem) {
  BioPtr in = memory(pem);
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  int count = 0;
  while (X509Ptr certificate{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)}) {
    X509_STORE_add_cert(store, certificate.get());
    ++count;
  }
  ERR_clear_error();
  if (count == 0) return Error{Reason::BadRequest, "certificate authority: no certificate in it", 0};
  return {};
}

std::string pemOf(auto writer) {
  BioPtr out(BIO_new(BIO_s_mem()));
  writer(out.get());
  char* data = nullptr;
  long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

void addExtension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  if (X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str())) {
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
}

}  // namespace

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

Result<std::shared_ptr<const TlsContext>> TlsContext::client(const TlsSettings& settings) {
  std::shared_ptr<TlsContext> out(new TlsContext(SSL_CTX_new(TLS_client_method())));
  SSL_CTX_set_min_proto_version(out->context_, TLS1_2_VERSION);
  SSL_CTX_set_mode(out->context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  if (!settings.insecure) {
    SSL_CTX_set_verify(out->context_, SSL_VERIFY_PEER, nullptr);
    if (settings.caPem.empty())
      SSL_CTX_set_default_verify_paths(out->context_);
    else if (auto done = trust(out->context_, settings.caPem); !done)
      return done.error();
  }
  out->verifies_ = !settings.insecure;
  if (auto done = useOwn(out->context_, settings); !done) return done.error();
  return std::shared_ptr<const TlsContext>(out);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::server(const TlsSettings& settings) {
  std::shared_ptr<TlsContext> out(new TlsContext(SSL_CTX_new(TLS_server_method())));
  SSL_CTX_set_min_proto_version(out->context_, TLS1_2_VERSION);
  SSL_CTX_set_mode(out->context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  if (!settings.caPem.empty()) {
    // A certificate is asked for, not demanded: callers may bring a token instead. A wrong one ends the handshake.
    SSL_CTX_set_verify(out->context_, SSL_VERIFY_PEER, nullptr);
    if (auto done = trust(out->context_, settings.caPem); !done) return done.error();
    static constexpr unsigned char kSession[] = "taskpod";
    SSL_CTX_set_session_id_context(out->context_, kSession, sizeof kSession - 1);
  }
  out->verifies_ = !settings.caPem.empty();
  if (auto done = useOwn(out->context_, settings); !done) return done.error();
  return std::shared_ptr<const TlsContext>(out);
}

Result<KeyPair> makeSelfSigned(const std::string& commonName, const std::vector<std::string>& names) {
  KeyPtr key(EVP_EC_gen("P-256"));
  X509Ptr certificate(X509_new());
  if (!key || !certificate) return tlsError("make a key");
  X509_set_version(certificate.get(), 2);
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -300);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 365l * 24 * 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(commonName.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  std::string alternatives;
  for (const auto& name : names) {
    unsigned char bytes[16];
    bool address = inet_pton(AF_INET, name.c_str(), bytes) == 1 || inet_pton(AF_INET6, name.c_str(), bytes) == 1;
    alternatives += (alternatives.empty() ? "" : ",") + std::string(address ? "IP:" : "DNS:") + name;
  }
  if (!alternatives.empty()) addExtension(certificate.get(), NID_subject_alt_name, alternatives);
  addExtension(certificate.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) return tlsError("sign a certificate");
  KeyPair out;
  out.certificatePem = pemOf([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); });
  out.keyPem = pemOf([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  return out;
}

std::string encodeBase64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                             static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

Result<std::string> decodeBase64(std::string_view text) {
  std::string clean;
  for (char c : text)
    if (c != '\n' && c != '\r' && c != ' ') clean += c;
  if (clean.empty()) return std::string();
  std::string out(clean.size() / 4 * 3 + 3, '\0');
  int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(clean.data()),
                             static_cast<int>(clean.size()));
  std::size_t padding = clean.size() - (clean.find_last_not_of('=') + 1);
  if (size < 0 || clean.size() % 4 != 0 || padding > 2) return Error{Reason::BadRequest, "not base64", 0};
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

namespace {

std::string hexOf(const unsigned char (&digest)[32]) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (unsigned char c : digest) {
    out += kHex[c >> 4];
    out += kHex[c & 15];
  }
  return out;
}

}  // namespace

std::string sha256Hex(std::string_view bytes) {
  unsigned char digest[32];
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
  return hexOf(digest);
}

std::string hmacSha256Hex(std::string_view key, std::string_view bytes) {
  unsigned char digest[32];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest,
       &size);
  return hexOf(digest);
}

bool equalInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string randomHex(std::size_t bytes) {
  std::string raw(bytes, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(bytes));
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (unsigned char c : raw) {
    out += kHex[c >> 4];
    out += kHex[c & 15];
  }
  return out;
}

}  // namespace taskpod::net
