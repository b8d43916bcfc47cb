// List-then-watch as a state machine, apart from the wire (docs: "Efficient detection of changes",
// kubernetes.io/docs/reference/using-api/api-concepts).
//
//   Empty --list--> Listed(rv) --watch--> events, each moving rv on
//     ^                 |  stream ended or broke: watch again from rv
//     +--- Gone, from the list, from the start of the watch or from an ERROR event in it
#pragma once

#include <string>
#include <string_view>

#include "taskpod/base/result.h"

namespace taskpod::kube {

enum class WatchEventType { Added, Modified, Deleted, Bookmark, Error };

struct WatchEvent {
  WatchEventType type = WatchEventType::Error;
  std::string_view object;  // JSON text, part of the line
};

// One line of a watch. Error if it is no event.
Result<WatchEvent> parseWatchEvent(std::string_view line);

// The resourceVersion of an object's text.
std::string resourceVersionOf(std::string_view object);

// What an ERROR event's object (a Status) says.
Error errorOfStatus(std::string_view object);

class WatchState {
 public:
  enum class Step { List, Watch };
  Step next() const { return version_.empty() ? Step::List : Step::Watch; }
  const std::string& version() const { return version_; }
  int failures() const { return failures_; }

  void listed(std::string version);    // a whole list has arrived
  void advanced(std::string version);  // an event or a bookmark has arrived
  void ended();                        // the server closed the watch in good order
  void failed(const Error& error);     // list or watch failed, or an ERROR event came

 private:
  std::string version_;  // "" : nothing is known, list
  int failures_ = 0;     // in a row
};

}  // namespace taskpod::kube
