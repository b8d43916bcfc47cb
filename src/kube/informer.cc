#include "taskpod/kube/informer.h"

#include "taskpod/json/document.h"

namespace taskpod::kube {

Result<ListPage> parseListPage(const std::string& body) {
  auto document = json::Document::parse(body);
  if (!document) return document.error();
  ListPage page;
  if (const json::Value* meta = document->root().find("metadata")) {
    page.resourceVersion = std::string(meta->stringAt("resourceVersion"));
    page.continue_ = std::string(meta->stringAt("continue"));
  }
  const json::Value* items = document->root().find("items");
  if (!items) return Error{Reason::BadRequest, "list: no items in the answer", 0};
  page.items.reserve(items->items().size());
  for (const json::Value& item : items->items()) json::write(page.items.emplace_back(), item);
  return page;
}

}  // namespace taskpod::kube
