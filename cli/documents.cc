#include "cli/documents.h"

#include <fstream>
#include <iostream>
#include <sstream>

#include "taskpod/json/yaml.h"
#include "taskpod/translate/inputs.h"

namespace taskpod::cli {
namespace {

bool looksLikeJson(std::string_view text) {
  auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

Result<std::vector<json::Document>> parse(std::string_view text) {
  if (looksLikeJson(text)) {
    auto document = json::Document::parse(text);
    if (document) {
      std::vector<json::Document> one;
      one.push_back(std::move(*document));
      return one;
    }
    if (text.size() > json::kMaxYamlBytes) return document.error();
    // Flow style is YAML too, and a stream may begin with a JSON document: YAML's message is the better one only if it succeeds.
    auto yaml = json::readYaml(text);
    if (!yaml) return document.error();
    return yaml;
  }
  bool isTemplate = text.find("Resources:") != std::string_view::npos && text.find("AWS::") != std::string_view::npos;
  return json::readYaml(text, {.functionTags = isTemplate});
}

bool isList(const json::Value& value) {
  return value.isArray() || (value.stringAt("kind") == "List" && value.find("items") && value.find("items")->isArray());
}

Result<json::Document> copyOf(const json::Value& value) { return json::Document::parse(json::write(value)); }

}  // namespace

Result<std::string> readAll(const std::string& file) {
  std::string out;
  auto take = [&](std::istream& in) {
    char buffer[1 << 16];
    while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
      out.append(buffer, static_cast<std::size_t>(in.gcount()));
      if (out.size() > json::kMaxTextBytes) return false;
    }
    return true;
  };
  Error tooBig{Reason::RequestEntityTooLarge, file + ": more than " + std::to_string(json::kMaxTextBytes >> 20) + " MiB", 0};
  if (file == "-") {
    if (!take(std::cin)) return tooBig;
    return out;
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error{Reason::NotFound, file + ": cannot be opened", 0};
  if (!take(in)) return tooBig;
  if (in.bad()) return Error{Reason::BadRequest, file + ": cannot be read", 0};
  return out;
}

Result<std::vector<Named>> readDocuments(const std::vector<std::string>& files, std::vector<std::string>& warnings) {
  std::vector<Named> out;
  for (const auto& file : files) {
    std::string name = file == "-" ? "standard input" : file;
    auto text = readAll(file);
    if (!text) return text.error();
    auto documents = parse(*text);
    if (!documents) return Error{documents.error().reason, name + ": " + documents.error().message, 0};
    if (documents->empty()) return Error{Reason::BadRequest, name + ": holds no document", 0};
    for (std::size_t i = 0; i < documents->size(); ++i) {
      std::string origin = documents->size() == 1 ? name : name + ", document " + std::to_string(i + 1);
      const json::Value& root = (*documents)[i].root();
      if (auto expansion = translate::expandInput(root)) {
        if (!*expansion) return Error{expansion->error().reason, origin + ": " + expansion->error().message, 0};
        for (auto& expanded : (*expansion)->documents) out.push_back({origin, std::move(expanded)});
        for (const auto& warning : (*expansion)->warnings) warnings.push_back(origin + ": " + warning);
        continue;
      }
      if (!isList(root)) {
        out.push_back({origin, std::move((*documents)[i])});
        continue;
      }
      auto items = root.isArray() ? root.items() : root.find("items")->items();
      for (std::size_t k = 0; k < items.size(); ++k) {
        auto item = copyOf(items[k]);
        if (!item) return Error{item.error().reason, origin + ", item " + std::to_string(k + 1) + ": " + item.error().message, 0};
        out.push_back({origin + ", item " + std::to_string(k + 1), std::move(*item)});
      }
    }
  }
  return out;
}

std::string writeDocuments(const std::vector<json::Document>& documents, Format format) {
  if (format == Format::Yaml) {
    std::string out;
    for (const auto& document : documents) out += (out.empty() ? "" : "---\n") + json::writeYaml(document.root());
    return out;
  }
  if (documents.size() == 1) return json::writePretty(documents[0].root());
  bool kubernetes = true;
  json::Document all;
  std::vector<json::Value> items;
  for (const auto& document : documents) {
    items.push_back(document.root());
    kubernetes = kubernetes && document.root().find("kind");
  }
  json::Value list = all.array(items);
  if (!kubernetes) return json::writePretty(list);
  std::vector<json::Member> members = {{"apiVersion", all.string("v1")}, {"kind", all.string("List")}, {"items", list}};
  return json::writePretty(all.object(members));
}

}  // namespace taskpod::cli
