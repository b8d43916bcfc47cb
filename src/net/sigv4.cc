#include "taskpod/net/sigv4.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "taskpod/net/tls.h"

namespace taskpod::net {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kTerm = "aws4_request";
constexpr std::size_t kAuthorizationLimit = 8u << 10;
constexpr std::size_t kSignedHeadersLimit = 128;
constexpr std::chrono::minutes kSkew{5};

// --- what is signed: the same for both sides

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

std::string lowerCase(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string trimmed(std::string_view text) {
  std::string out;
  for (char c : text)
    if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

// Without empty, "." and ".." segments, then encoded as it stands: what the client had encoded is encoded twice, as AWS says for all
// services but S3.
std::string canonicalPath(std::string_view path) {
  std::vector<std::string_view> segments;
  for (std::size_t from = 0; from < path.size();) {
    std::size_t slash = std::min(path.find('/', from), path.size());
    std::string_view segment = path.substr(from, slash - from);
    if (segment == ".." && !segments.empty()) segments.pop_back();
    if (!segment.empty() && segment != "." && segment != "..") segments.push_back(segment);
    from = slash + 1;
  }
  std::string out;
  for (std::string_view segment : segments) out += "/" + encodeQuery(segment);
  return out.empty() || path.back() == '/' ? out + "/" : out;
}

std::string canonicalQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [name, value] : parseQuery(query)) pairs.emplace_back(encodeQuery(name), encodeQuery(value));
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, value] : pairs) out.append(out.empty() ? "" : "&").append(name).append("=").append(value);
  return out;
}

using HeaderList = std::vector<std::pair<std::string, std::string_view>>;  // names in lower case

struct CanonicalHeaders {
  std::string names;  // host;x-amz-date
  std::string lines;  // values of a name that repeats in their order, with commas
};

CanonicalHeaders canonicalHeaders(HeaderList headers) {
  std::stable_sort(headers.begin(), headers.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  CanonicalHeaders out;
  const std::string* before = nullptr;
  for (const auto& [name, value] : headers) {
    if (before != nullptr && *before == name) {
      out.lines.back() = ',';
    } else {
      out.names += (before == nullptr ? "" : ";") + name;
      out.lines += name + ":";
    }
    out.lines += trimmed(value) + "\n";
    before = &name;
  }
  return out;
}

struct Scope {
  std::string_view day, region, service;
  std::string text() const { return std::string(day) + "/" + std::string(region) + "/" + std::string(service) + "/" + std::string(kTerm); }
};

// A request with the parts of it that are not in its own members.
struct ToSign {
  const HttpRequest& request;
  const CanonicalHeaders& headers;
  std::string_view stamp;  // 20150830T123600Z
  const std::string& bodyHash;
};

std::string stringToSign(const ToSign& it, const Scope& scope) {
  std::string_view target = it.request.target;
  auto question = std::min(target.find('?'), target.size());
  std::string canonical = it.request.method + "\n" + canonicalPath(target.substr(0, question)) + "\n" +
                          (question < target.size() ? canonicalQuery(target.substr(question + 1)) : "") + "\n" + it.headers.lines + "\n" +
                          it.headers.names + "\n" + it.bodyHash;
  return std::string(kAlgorithm) + "\n" + std::string(it.stamp) + "\n" + scope.text() + "\n" + sha256Hex(canonical);
}

std::string signingKey(std::string_view secret, const Scope& scope) {
  return hmac(hmac(hmac(hmac("AWS4" + std::string(secret), scope.day), scope.region), scope.service), kTerm);
}

}  // namespace

void sign(HttpRequest& request, std::string_view host, const AwsCredentials& credentials, const SigningScope& scope) {
  std::string stamp = basicTime(scope.time);
  request.headers.emplace_back("X-Amz-Date", stamp);
  if (!credentials.sessionToken.empty()) request.headers.emplace_back("X-Amz-Security-Token", credentials.sessionToken);
  HeaderList list = {{"host", host}};
  for (const auto& [name, value] : request.headers) list.emplace_back(lowerCase(name), value);
  CanonicalHeaders headers = canonicalHeaders(std::move(list));
  Scope where{std::string_view(stamp).substr(0, 8), scope.region, scope.service};
  std::string toSign = stringToSign({request, headers, stamp, sha256Hex(request.body)}, where);
  request.headers.emplace_back("Authorization", std::string(kAlgorithm) + " Credential=" + credentials.accessKeyId + "/" + where.text() +
                                                    ", SignedHeaders=" + headers.names +
                                                    ", Signature=" + hex(hmac(signingKey(credentials.secretAccessKey, where), toSign)));
}

// --- problems

namespace {

struct ProblemEntry {
  SignatureProblem problem;
  Reason reason;
};

constexpr std::array kProblems = {
    ProblemEntry{SignatureProblem::Missing, Reason::Unauthorized}, ProblemEntry{SignatureProblem::Malformed, Reason::BadRequest},
    ProblemEntry{SignatureProblem::UnknownKey, Reason::NotFound},  ProblemEntry{SignatureProblem::Expired, Reason::Expired},
    ProblemEntry{SignatureProblem::Mismatch, Reason::Forbidden},
};

Error malformed(std::string message) { return signatureError(SignatureProblem::Malformed, std::move(message)); }

Error repeated(const std::string& name) { return malformed("'" + name + "' must not be repeated"); }

Error mismatch() {
  return signatureError(SignatureProblem::Mismatch,
                        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
                        "and signing method. Consult the service documentation for details.");
}

}  // namespace

Error signatureError(SignatureProblem problem, std::string message) {
  for (const auto& entry : kProblems)
    if (entry.problem == problem) return {entry.reason, std::move(message), 0};
  return {Reason::Forbidden, std::move(message), 0};
}

SignatureProblem problemOf(const Error& error) {
  for (const auto& entry : kProblems)
    if (entry.reason == error.reason) return entry.problem;
  return SignatureProblem::Mismatch;
}

// --- the claim

namespace {

bool isDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool isWord(std::string_view text, std::size_t limit) {
  return !text.empty() && text.size() <= limit && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

// A name as RFC 9110 lets it be, in lower case.
bool isSignedName(std::string_view name) {
  static constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || kOthers.find(c) != std::string_view::npos;
  });
}

std::string_view withoutSpaces(std::string_view text) {
  auto first = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

// Up to the separator; what follows it stays in `rest`.
std::string_view take(std::string_view& rest, char separator) {
  std::string_view out = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(out.size() + 1, rest.size()));
  return out;
}

Result<void> readCredential(std::string_view text, SignatureClaim& claim) {
  if (std::count(text.begin(), text.end(), '/') != 4)
    return malformed("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term");
  std::string_view id = take(text, '/'), day = take(text, '/'), region = take(text, '/'), service = take(text, '/');
  if (text != kTerm) return malformed("Credential should be scoped with a valid terminator: 'aws4_request'");
  if (!isWord(id, 128) || !isWord(region, 64) || !isWord(service, 64) || day.size() != 8 || !isDigits(day))
    return malformed("Credential must be keyid/yyyymmdd/region/service/aws4_request");
  claim.accessKeyId = id;
  claim.date = day;
  claim.region = region;
  claim.service = service;
  return {};
}

Result<void> readSignedHeaders(std::string_view text, SignatureClaim& claim) {
  while (!text.empty()) {
    std::string_view name = take(text, ';');
    bool ascends = claim.signedHeaders.empty() || claim.signedHeaders.back() < name;
    if (!isSignedName(name) || !ascends || claim.signedHeaders.size() == kSignedHeadersLimit)
      return malformed("SignedHeaders must be at most 128 names in lower case, in ascending order, separated by semicolons");
    claim.signedHeaders.emplace_back(name);
  }
  return {};
}

// The three of an Authorization header, as they are there.
struct Parameters {
  std::string_view credential, signedHeaders, signature;

  std::string_view* of(std::string_view name) {
    if (name == "Credential") return &credential;
    if (name == "SignedHeaders") return &signedHeaders;
    return name == "Signature" ? &signature : nullptr;
  }
};

Result<Parameters> readParameters(std::string_view text) {
  Parameters out;
  while (!text.empty()) {
    std::string_view value = withoutSpaces(take(text, ','));
    if (value.find('=') == std::string_view::npos) return malformed("Authorization header has a parameter without '='");
    std::string_view* parameter = out.of(take(value, '='));
    if (parameter == nullptr || !parameter->empty()) return malformed("Authorization header has an unknown or a repeated parameter");
    *parameter = value;
  }
  std::string missing;
  for (std::string_view name : {"Credential", "Signature", "SignedHeaders"})
    if (out.of(name)->empty())
      missing += (missing.empty() ? "" : " ") + ("Authorization header requires '" + std::string(name)) + "' parameter.";
  if (!missing.empty()) return malformed(missing);
  return out;
}

}  // namespace

Result<SignatureClaim> claimOf(const HttpRequest& request) {
  std::string_view text = withoutSpaces(header(request.headers, "Authorization"));
  if (text.empty()) return signatureError(SignatureProblem::Missing, "Missing Authentication Token");
  auto isAuthorization = [](const auto& field) { return lowerCase(field.first) == "authorization"; };
  if (std::count_if(request.headers.begin(), request.headers.end(), isAuthorization) > 1) return repeated("authorization");
  if (text.size() > kAuthorizationLimit) return malformed("Authorization header is longer than 8192 bytes");
  if (take(text, ' ') != kAlgorithm) return malformed("Unsupported AWS 'algorithm', AWS4-HMAC-SHA256 is supported");
  auto parameters = readParameters(text);
  if (!parameters) return parameters.error();
  SignatureClaim claim;
  if (auto read = readCredential(parameters->credential, claim); !read) return read.error();
  if (auto read = readSignedHeaders(parameters->signedHeaders, claim); !read) return read.error();
  if (!isWord(parameters->signature, kAuthorizationLimit)) return malformed("Signature must be 64 hexadecimal digits");
  claim.signature = parameters->signature;
  return claim;
}

// --- verification

namespace {

bool sameBytes(std::string_view a, std::string_view b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

bool hasLineBreak(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos; }

bool isSigned(const SignatureClaim& claim, std::string_view name) {
  return std::binary_search(claim.signedHeaders.begin(), claim.signedHeaders.end(), name, std::less<std::string_view>());
}

// Headers that decide what is done: they come once and signed, or an intermediary could choose another reading.
bool decides(std::string_view lowerName) { return lowerName == "host" || lowerName.starts_with("x-amz-"); }

Error unsignedHeader(const std::string& name) {
  return signatureError(SignatureProblem::Mismatch, "'" + name + "' must be a 'SignedHeader' in the AWS Authorization.");
}

// The headers of the claim, names in lower case; an error if one that must be signed is not.
Result<HeaderList> signedHeadersOf(const HttpRequest& request, const SignatureClaim& claim) {
  if (!isSigned(claim, "host")) return unsignedHeader("host");
  HeaderList out;
  for (const auto& [name, value] : request.headers) {
    std::string lower = lowerCase(name);
    if (isSigned(claim, lower)) {
      if (hasLineBreak(value)) return malformed("'" + lower + "' has a line break");
      out.emplace_back(std::move(lower), value);
    } else if (decides(lower)) {
      return isSignedName(lower) ? unsignedHeader(lower) : malformed("a header has a name that is none");
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return out;
}

// Each header of the claim is there, and once if it decides.
Result<void> checkRepeats(const HeaderList& sorted, const SignatureClaim& claim) {
  std::size_t different = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const std::string& name = sorted[i].first;
    bool repeats = i > 0 && sorted[i - 1].first == name;
    if (!repeats) ++different;
    if (repeats && (decides(name) || name == "date")) return repeated(name);
  }
  if (different != claim.signedHeaders.size()) return mismatch();
  return {};
}

std::string_view valueOf(const HeaderList& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

// "2015-08-30T12:36:00Z"; the years are bounded because nanoseconds in 64 bits end in 2262.
std::optional<WallTime> parseBounded(const std::string& text) {
  std::string_view year = std::string_view(text).substr(0, 4);
  return year >= "1970" && year <= "2200" ? parseTime(text) : std::nullopt;
}

// "20150830T123600Z"
std::optional<WallTime> parseBasicTime(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z' || !isDigits(text.substr(0, 8)) || !isDigits(text.substr(9, 6)))
    return std::nullopt;
  std::string t(text);
  return parseBounded(t.substr(0, 4) + "-" + t.substr(4, 2) + "-" + t.substr(6, 5) + ":" + t.substr(11, 2) + ":" + t.substr(13));
}

// "Sun, 30 Aug 2015 12:36:00 GMT", as in a Date header; botocore writes -0000 for GMT.
std::optional<WallTime> parseHttpDate(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() < 29 || text[3] != ',' || text[4] != ' ' || text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || text[19] != ':' ||
      text[22] != ':' || text[25] != ' ')
    return std::nullopt;
  std::string_view zone = text.substr(26);
  auto month = kMonths.find(text.substr(8, 3));
  if ((zone != "GMT" && zone != "UTC" && zone != "+0000" && zone != "-0000") || month == std::string_view::npos || month % 3 != 0)
    return std::nullopt;
  std::string number = std::to_string(month / 3 + 1);
  std::string t(text);
  return parseBasicTime(t.substr(12, 4) + (number.size() < 2 ? "0" : "") + number + t.substr(5, 2) + "T" + t.substr(17, 2) +
                        t.substr(20, 2) + t.substr(23, 2) + "Z");
}

// When the client says it signed, also as it is in the string to sign.
struct Stamp {
  WallTime time;
  std::string text;  // 20150830T123600Z
};

// X-Amz-Date goes before Date.
Result<Stamp> stampOf(const HttpRequest& request, const HeaderList& signedHeaders) {
  std::string_view own = valueOf(signedHeaders, "x-amz-date"), date = valueOf(signedHeaders, "date");
  if (own.empty() && date.empty())
    return header(request.headers, "Date").empty()
               ? malformed("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
               : unsignedHeader("date");
  std::string_view text = own.empty() ? date : own;
  auto time = parseBasicTime(text);
  if (!time && own.empty()) time = parseHttpDate(text);
  if (!time) return malformed("Date must be in ISO-8601 'basic format'.");
  return Stamp{*time, basicTime(*time)};
}

Result<void> checkTime(const Stamp& stamp, const SignatureClaim& claim, WallTime now) {
  std::string_view day = std::string_view(stamp.text).substr(0, 8);
  if (claim.date != day)
    return signatureError(SignatureProblem::Mismatch,
                          "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" + claim.date +
                              "' != '" + std::string(day) + "', from '" + stamp.text + "'.");
  now = std::chrono::floor<std::chrono::seconds>(now);
  if (stamp.time < now - kSkew)
    return signatureError(SignatureProblem::Expired, "Signature expired: " + stamp.text + " is now earlier than " + basicTime(now - kSkew) +
                                                         " (" + basicTime(now) + " - 5 min.)");
  if (stamp.time > now + kSkew)
    return signatureError(SignatureProblem::Expired, "Signature not yet current: " + stamp.text + " is still later than " +
                                                         basicTime(now + kSkew) + " (" + basicTime(now) + " + 5 min.)");
  return {};
}

Scope scopeOf(const SignatureClaim& claim) { return {claim.date, claim.region, claim.service}; }

// What the client must have signed; an error if the request is not one to be signed so, or not now.
Result<std::string> claimedString(const HttpRequest& request, const SignatureClaim& claim, WallTime now) {
  if (hasLineBreak(request.method)) return malformed("the method has a line break");
  auto headers = signedHeadersOf(request, claim);
  if (!headers) return headers.error();
  if (auto once = checkRepeats(*headers, claim); !once) return once.error();
  auto stamp = stampOf(request, *headers);
  if (!stamp) return stamp.error();
  if (auto current = checkTime(*stamp, claim, now); !current) return current.error();
  std::string bodyHash = sha256Hex(request.body);
  if (isSigned(claim, "x-amz-content-sha256") && valueOf(*headers, "x-amz-content-sha256") != bodyHash)
    return signatureError(SignatureProblem::Mismatch, "The provided 'x-amz-content-sha256' header does not match what was computed.");
  CanonicalHeaders canonical = canonicalHeaders(std::move(*headers));
  return stringToSign({request, canonical, stamp->text, bodyHash}, scopeOf(claim));
}

bool matches(const SignatureClaim& claim, std::string_view key, std::string_view toSign) {
  return sameBytes(hex(hmac(key, toSign)), claim.signature);
}

}  // namespace

Result<void> verifySignature(const HttpRequest& request, const SignatureClaim& claim, std::string_view secret, WallTime now) {
  return SigningKeys(0).verify(request, claim, secret, now);
}

Result<void> SigningKeys::verify(const HttpRequest& request, const SignatureClaim& claim, std::string_view secret, WallTime now) {
  auto toSign = claimedString(request, claim, now);
  if (!toSign) return toSign.error();
  if (secret.empty()) return mismatch();
  std::string scope = claim.accessKeyId + "/" + scopeOf(claim).text();
  std::string known = find(scope, secret);
  std::string key = known.empty() ? signingKey(secret, scopeOf(claim)) : known;
  if (!matches(claim, key, *toSign)) return mismatch();
  if (known.empty()) keep(scope, {std::string(secret), key});
  return {};
}

std::size_t SigningKeys::size() const {
  std::lock_guard lock(mutex_);
  return keys_.size();
}

std::string SigningKeys::find(const std::string& scope, std::string_view secret) const {
  std::lock_guard lock(mutex_);
  auto found = keys_.find(scope);
  return found != keys_.end() && sameBytes(found->second.secret, secret) ? found->second.key : "";
}

void SigningKeys::keep(const std::string& scope, Entry entry) {
  if (limit_ == 0) return;
  std::lock_guard lock(mutex_);
  if (keys_.size() >= limit_ && !keys_.contains(scope)) keys_.clear();
  keys_.insert_or_assign(scope, std::move(entry));
}

}  // namespace taskpod::net
