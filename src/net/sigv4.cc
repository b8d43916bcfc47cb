#include "taskpod/net/sigv4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "taskpod/net/tls.h"

namespace taskpod::net {
namespace {

std::string hmac(std::string_view key, std::string_view data) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest,
       &size);
  return {reinterpret_cast<char*>(digest), size};
}

std::string hex(std::string_view bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (unsigned char c : bytes) {
    out += kHex[c >> 4];
    out += kHex[c & 15];
  }
  return out;
}

// 20150830T123600Z
std::string basicTime(WallTime time) {
  std::string out;
  for (char c : formatTime(time))
    if (c != '-' && c != ':') out += c;
  return out;
}

std::string trimmed(std::string_view text) {
  std::string out;
  for (char c : text)
    if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string canonicalPath(std::string_view path) {
  std::string out;
  for (std::size_t from = 0; from < path.size();) {
    std::size_t slash = std::min(path.find('/', from), path.size());
    out += encodeQuery(decodeQuery(path.substr(from, slash - from)));
    if (slash < path.size()) out += '/';
    from = slash + 1;
  }
  return out.empty() ? "/" : out;
}

std::string canonicalQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [name, value] : parseQuery(query)) pairs.emplace_back(encodeQuery(name), encodeQuery(value));
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, value] : pairs) out += (out.empty() ? "" : "&") + name + "=" + value;
  return out;
}

}  // namespace

void sign(HttpRequest& request, std::string_view host, const AwsCredentials& credentials, const SigningScope& scope) {
  std::string stamp = basicTime(scope.time);
  request.headers.emplace_back("X-Amz-Date", stamp);
  if (!credentials.sessionToken.empty()) request.headers.emplace_back("X-Amz-Security-Token", credentials.sessionToken);
  std::map<std::string, std::string> headers = {{"host", std::string(host)}};
  for (const auto& [name, value] : request.headers) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::string& known = headers[lower];
    known += (known.empty() ? "" : ",") + trimmed(value);
  }
  std::string names, lines;
  for (const auto& [name, value] : headers) {
    names += (names.empty() ? "" : ";") + name;
    lines += name + ":" + value + "\n";
  }
  std::string_view target = request.target;
  auto question = std::min(target.find('?'), target.size());
  std::string canonical = request.method + "\n" + canonicalPath(target.substr(0, question)) + "\n" +
                          (question < target.size() ? canonicalQuery(target.substr(question + 1)) : "") + "\n" + lines + "\n" + names +
                          "\n" + sha256Hex(request.body);
  std::string day = stamp.substr(0, 8);
  std::string where = day + "/" + scope.region + "/" + scope.service + "/aws4_request";
  std::string toSign = "AWS4-HMAC-SHA256\n" + stamp + "\n" + where + "\n" + sha256Hex(canonical);
  std::string key = hmac(hmac(hmac(hmac("AWS4" + credentials.secretAccessKey, day), scope.region), scope.service), "aws4_request");
  request.headers.emplace_back("Authorization", "AWS4-HMAC-SHA256 Credential=" + credentials.accessKeyId + "/" + where +
                                                    ", SignedHeaders=" + names + ", Signature=" + hex(hmac(key, toSign)));
}

}  // namespace taskpod::net
