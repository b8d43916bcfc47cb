// What comes over the network: watch events, URLs, addresses, log options, image names.
#include "kubelet-lite/images.h"
#include "kubelet-lite/logs.h"
#include "taskpod/kube/watch.h"
#include "taskpod/net/http.h"
#include "taskpod/net/tls.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taskpod;
  std::string_view text = textOf(data, size);
  (void)kubelet::parseLogOptions(text);
  (void)kubelet::normalizedReference(text);
  (void)kube::parseWatchEvent(text);
  (void)net::parseUrl(text);
  (void)net::decodeBase64(text);
  (void)net::parseAddress(text);
  return 0;
}
