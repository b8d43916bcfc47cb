#include "taskpod/json/codec.h"

#include <charconv>

#include "json/row.h"
#include "taskpod/json/document.h"

namespace taskpod::json {
namespace {

std::string_view kindName(Element element) {
  switch (element.type()) {
    case simdjson::dom::element_type::ARRAY: return "a list";
    case simdjson::dom::element_type::OBJECT: return "an object";
    case simdjson::dom::element_type::STRING: return "a string";
    case simdjson::dom::element_type::BOOL: return "a boolean";
    case simdjson::dom::element_type::NULL_VALUE: return "null";
    default: return "a number";
  }
}

std::string excerpt(Element element) {
  std::string text;
  writeElement(element, text);
  constexpr std::size_t kLongest = 40;
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "…";
  return text;
}

}  // namespace

bool ReadContext::fail(std::string_view expected, Element found) {
  return fail("expected " + std::string(expected) + ", found " + std::string(kindName(found)) + " (" + excerpt(found) + ")");
}

bool ReadContext::fail(std::string text) {
  problem = std::move(text);
  return false;
}

void ReadContext::within(std::string_view member) {
  std::string_view dot = path.empty() || path.front() == '[' ? "" : ".";
  path = std::string(member) + std::string(dot) + path;
}

void ReadContext::within(std::size_t index) {
  std::string_view dot = path.empty() || path.front() == '[' ? "" : ".";
  path = "[" + std::to_string(index) + "]" + std::string(dot) + path;
}

namespace {

const Row* findRow(std::span<const Row> rows, std::string_view name, std::size_t& hint) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::size_t at = hint + i < rows.size() ? hint + i : hint + i - rows.size();
    if (rows[at].name == name) {
      hint = at + 1 < rows.size() ? at + 1 : 0;
      return &rows[at];
    }
  }
  return nullptr;
}

}  // namespace

bool readRows(void* object, std::span<const Row> rows, Element element, ReadContext& context, Extra& extra) {
  simdjson::dom::object members;
  if (element.get_object().get(members) != simdjson::SUCCESS) return context.fail("an object", element);
  std::uint64_t seen = 0;
  std::size_t hint = 0;
  for (auto member : members) {
    const Row* row = findRow(rows, member.key, hint);
    if (!row) {
      for (const auto& [name, text] : extra.members)
        if (name == member.key) return context.fail("duplicate member \"" + name + "\"");
      if (member.value.is_null()) continue;
      writeElement(member.value, extra.members.emplace_back(std::string(member.key), std::string()).second);
      continue;
    }
    std::uint64_t bit = std::uint64_t{1} << (row - rows.data());
    if (seen & bit) return context.fail("duplicate member \"" + std::string(row->name) + "\"");
    seen |= bit;
    if (member.value.is_null()) continue;
    if (!row->read(object, member.value, context)) {
      context.within(row->name);
      return false;
    }
  }
  return true;
}

void writeRows(const void* object, std::span<const Row> rows, const Extra& extra, std::string& out) {
  out += '{';
  bool first = true;
  auto name = [&](std::string_view text) {
    if (!first) out += ',';
    first = false;
    writeString(out, text);
    out += ':';
  };
  for (const Row& row : rows) {
    if (row.presence == Presence::WhenSet && row.isEmpty(object)) continue;
    name(row.name);
    row.write(object, out);
  }
  for (const auto& [member, text] : extra.members) {
    name(member);
    out += text;
  }
  out += '}';
}

void fillRows(void* object, std::span<const Row> rows, Random& random, int depth) {
  for (const Row& row : rows) {
    if (row.nested && depth <= 0) continue;
    if (random() % 3 == 0) row.fill(object, random, depth - 1);
  }
}

bool readScalarText(Element element, std::string& out, ReadContext& context) {
  std::string_view text;
  if (element.get_string().get(text) == simdjson::SUCCESS) {
    out.assign(text);
    return true;
  }
  if (context.options.scalarsFromStrings && !element.is_array() && !element.is_object()) {
    writeElement(element, out);
    return true;
  }
  return context.fail("a string", element);
}

bool readInteger(Element element, std::int64_t low, std::int64_t high, std::int64_t& out, ReadContext& context) {
  bool found = element.get_int64().get(out) == simdjson::SUCCESS;
  std::string_view text;
  if (!found && context.options.scalarsFromStrings && element.get_string().get(text) == simdjson::SUCCESS) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    found = error == std::errc() && end == text.data() + text.size() && !text.empty();
  }
  double real = 0;
  if (!found && element.is_double() && element.get_double().get(real) == simdjson::SUCCESS &&
      real == static_cast<double>(static_cast<std::int64_t>(real))) {
    out = static_cast<std::int64_t>(real);
    found = true;
  }
  if (!found) return context.fail("an integer", element);
  if (out < low || out > high) return context.fail("an integer from " + std::to_string(low) + " to " + std::to_string(high), element);
  return true;
}

void Codec<double>::write(double v, std::string& out) {
  char buffer[32];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, v);
  out.append(buffer, end);
}

void writeElement(Element element, std::string& out) {
  switch (element.type()) {
    case simdjson::dom::element_type::ARRAY: {
      out += '[';
      bool first = true;
      simdjson::dom::array array = element.get_array();
      for (Element item : array) {
        if (!first) out += ',';
        first = false;
        writeElement(item, out);
      }
      out += ']';
      return;
    }
    case simdjson::dom::element_type::OBJECT: {
      out += '{';
      bool first = true;
      simdjson::dom::object object = element.get_object();
      for (auto member : object) {
        if (!first) out += ',';
        first = false;
        writeString(out, member.key);
        out += ':';
        writeElement(member.value, out);
      }
      out += '}';
      return;
    }
    case simdjson::dom::element_type::STRING: return writeString(out, element.get_string());
    case simdjson::dom::element_type::BOOL: out += bool(element) ? "true" : "false"; return;
    case simdjson::dom::element_type::NULL_VALUE: out += "null"; return;
    case simdjson::dom::element_type::INT64: out += std::to_string(std::int64_t(element)); return;
    case simdjson::dom::element_type::UINT64: out += std::to_string(std::uint64_t(element)); return;
    case simdjson::dom::element_type::DOUBLE: Codec<double>::write(double(element), out); return;
  }
}

std::string randomWord(Random& random) {
  static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string word(1, kLetters[random() % 26]);
  for (std::size_t n = random() % 8; n > 0; --n) word += kLetters[random() % kLetters.size()];
  return word;
}

void writeString(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, from, i - from);
    from = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        out += "\\u00";
        out += kHex[c >> 4];
        out += kHex[c & 15];
    }
  }
  out.append(text, from);
  out += '"';
}

Result<void> readObject(void* object, Extra& extra, std::span<const Row> rows, std::string_view text, const ReadOptions& options) {
  if (text.size() > kMaxTextBytes)
    return Error{Reason::RequestEntityTooLarge,
                 "the document has " + std::to_string(text.size()) + " bytes, at most " + std::to_string(kMaxTextBytes) + " are read"};
  thread_local simdjson::dom::parser parser;
  Element element;
  if (auto error = parser.parse(text.data(), text.size()).get(element); error != simdjson::SUCCESS)
    return Error{Reason::BadRequest, std::string("not JSON: ") + simdjson::error_message(error)};
  ReadContext context{options, {}, {}};
  if (readRows(object, rows, element, context, extra)) return {};
  return Error{Reason::BadRequest, context.path.empty() ? context.problem : context.path + ": " + context.problem};
}

void writeObject(std::string& out, const void* object, const Extra& extra, std::span<const Row> rows) {
  writeRows(object, rows, extra, out);
}

}  // namespace taskpod::json
