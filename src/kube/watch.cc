#include "taskpod/kube/watch.h"

#include <array>
#include <utility>

#include "taskpod/json/document.h"

namespace taskpod::kube {
namespace {

constexpr std::array<std::pair<std::string_view, WatchEventType>, 5> kTypes = {{{"ADDED", WatchEventType::Added},
                                                                                {"MODIFIED", WatchEventType::Modified},
                                                                                {"DELETED", WatchEventType::Deleted},
                                                                                {"BOOKMARK", WatchEventType::Bookmark},
                                                                                {"ERROR", WatchEventType::Error}}};

}  // namespace

// API servers write {"type":"ADDED","object":{…}} with nothing between; anything else that is JSON of that shape is no event of theirs.
Result<WatchEvent> parseWatchEvent(std::string_view line) {
  constexpr std::string_view kHead = R"({"type":")";
  constexpr std::string_view kMiddle = R"(","object":)";
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  Error bad{Reason::BadRequest, "watch: not an event: " + std::string(line.substr(0, 80)), 0};
  if (!line.starts_with(kHead) || !line.ends_with('}')) return bad;
  auto middle = line.find(kMiddle, kHead.size());
  if (middle == std::string_view::npos) return bad;
  std::string_view word = line.substr(kHead.size(), middle - kHead.size());
  std::string_view object = line.substr(middle + kMiddle.size());
  object.remove_suffix(1);
  for (const auto& [name, type] : kTypes)
    if (name == word) return WatchEvent{type, object};
  return bad;
}

std::string resourceVersionOf(std::string_view object) {
  auto document = json::Document::parse(object);
  const json::Value* meta = document ? document->root().find("metadata") : nullptr;
  return meta ? std::string(meta->stringAt("resourceVersion")) : std::string();
}

Error errorOfStatus(std::string_view object) {
  auto document = json::Document::parse(object);
  if (!document) return {Reason::InternalError, "watch: ERROR event without a Status", 0};
  const json::Value* code = document->root().find("code");
  int number = code ? std::atoi(std::string(code->text()).c_str()) : 500;
  Reason reason = document->root().stringAt("reason") == "Expired" ? Reason::Expired : reasonFromHttpStatus(number);
  return {reason, std::string(document->root().stringAt("message")), 0};
}

void WatchState::listed(std::string version) {
  version_ = std::move(version);
  failures_ = 0;
}

void WatchState::advanced(std::string version) {
  if (!version.empty()) version_ = std::move(version);
  failures_ = 0;
}

void WatchState::ended() {}

void WatchState::failed(const Error& error) {
  ++failures_;
  if (error.reason == Reason::Gone || error.reason == Reason::Expired) version_.clear();
}

}  // namespace taskpod::kube
