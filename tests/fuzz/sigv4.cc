// Signatures of a request given as text: a request line, header lines, an empty line, a body. As it stands nothing it claims can be true;
// signed by us it verifies, and no longer with one byte more.
#include "taskpod/net/sigv4.h"

#include <algorithm>

#include "tests/fuzz/target.h"

namespace {

using namespace taskpod;

std::string_view lineOf(std::string_view& rest) {
  std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  return line;
}

net::HttpRequest requestOf(std::string_view text) {
  net::HttpRequest out;
  std::string_view first = lineOf(text);
  auto space = std::min(first.find(' '), first.size());
  out.method = first.substr(0, space);
  out.target = first.substr(std::min(space + 1, first.size()));
  for (std::string_view line = lineOf(text); !line.empty(); line = lineOf(text)) {
    auto colon = std::min(line.find(':'), line.size());
    out.headers.emplace_back(line.substr(0, colon), line.substr(std::min(colon + 1, line.size())));
  }
  out.body = text;
  return out;
}

// A header that an honest client may send beside those of the signature.
bool isPlain(const std::pair<std::string, std::string>& field) {
  const auto& [name, value] = field;
  bool word = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
  bool taken = name == "host" || name == "authorization" || name == "date" || name.starts_with("x-amz-");
  return word && !taken && name.size() < 60 && value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static net::SigningKeys keys(2);
  const WallTime now = WallTime(std::chrono::seconds(1'440'938'160));  // 2015-08-30T12:36:00Z
  net::HttpRequest request = requestOf(textOf(data, size));
  if (auto claim = net::claimOf(request)) MUST_HOLD(!keys.verify(request, *claim, "secret", now));

  if (request.method.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) return 0;
  std::erase_if(request.headers, [](const auto& field) { return !isPlain(field); });
  request.headers.resize(std::min<std::size_t>(request.headers.size(), 100));
  net::sign(request, "localhost", {"AKIDEXAMPLE", "secret", ""}, {"us-east-1", "ecs", now});
  request.headers.emplace_back("Host", "localhost");
  auto claim = net::claimOf(request);
  MUST_HOLD(claim);
  MUST_HOLD(net::verifySignature(request, *claim, "secret", now));
  MUST_HOLD(keys.verify(request, *claim, "secret", now));
  MUST_HOLD(!keys.verify(request, *claim, "secret", now + std::chrono::seconds(301)));
  request.body += 'x';
  MUST_HOLD(!keys.verify(request, *claim, "secret", now));
  return 0;
}
