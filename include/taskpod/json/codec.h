// JSON to structs and back, driven by one row per API field (json/row.h in src/).
//
// A struct of the API lists its members once, in `static std::span<const json::Row> rows()`, and keeps what it does not know in `extra`.
// Reading is strict: wrong types, duplicate members, trailing text and numbers out of range are errors that name the path
// ("containerDefinitions[1].portMappings[0].containerPort: expected an integer, found a string"). Explicit null reads as absent.
// All functions here are pure and may be called from any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "taskpod/base/result.h"
#include "taskpod/json/document.h"

namespace taskpod::json {

struct Row;

// Members that the struct has no row for: name and JSON text of the value, in the order they came.
struct Extra {
  std::vector<std::pair<std::string, std::string>> members;
  bool operator==(const Extra&) const = default;
};

// Any JSON value, kept as text. Empty text means absent.
struct Raw {
  std::string text;
  bool operator==(const Raw&) const = default;
};

struct ReadOptions {
  bool scalarsFromStrings = false;  // "100" for 100, 256 for "256": what ECS users' tools write (translation.md row 59)
};

// What is wrong with one value: its path ("containerDefinitions[1].memory") and why.
struct Problem {
  std::string path;
  std::string message;
  bool operator==(const Problem&) const = default;
};

Result<void> readObject(void* object, Extra& extra, std::span<const Row> rows, const Value& value, const ReadOptions& options);
Value treeOfObject(Document& document, const void* object, const Extra& extra, std::span<const Row> rows);

template <class T>
Result<T> read(const Value& value, const ReadOptions& options = {}) {
  T object;
  if (auto done = readObject(&object, object.extra, T::rows(), value, options); !done) return done.error();
  return object;
}

// Reads what can be read and tells everything that cannot, in the order of the document. The members named hold a default or half of a
// value.
std::vector<Problem> readAll(void* object, Extra& extra, std::span<const Row> rows, const Value& value, const ReadOptions& options);

template <class T>
std::vector<Problem> readAll(T& object, const Value& value, const ReadOptions& options = {}) {
  return readAll(&object, object.extra, T::rows(), value, options);
}

template <class T>
Result<T> read(std::string_view text, const ReadOptions& options = {}) {
  auto document = Document::parse(text);
  if (!document) return document.error();
  return read<T>(document->root(), options);
}

// The object as a tree in `document`'s arena: members in the order of the rows, empty ones left out unless the API always writes them.
template <class T>
Value tree(Document& document, const T& object) {
  return treeOfObject(document, &object, object.extra, T::rows());
}

// Compact JSON of the same.
template <class T>
requires requires { T::rows(); }
std::string write(const T& object) {
  Document document;
  return write(tree(document, object));
}

// Appends `text` as a JSON string, quotes included.
void writeString(std::string& out, std::string_view text);

}  // namespace taskpod::json
