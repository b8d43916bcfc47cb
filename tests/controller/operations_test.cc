// The table of operations, and the page that is printed from it.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "controller/ecs_api/handlers.h"

namespace taskpod::controller {
namespace {

TEST(Operations, HaveOneRowEachInTheOrderOfTheModel) {
  auto rows = handlerRows();
  ASSERT_EQ(rows.size(), ecs::operations().size());
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].operation, ecs::operations()[i].name);
}

TEST(Operations, ThatAreRefusedSayWhy) {
  for (const HandlerRow& row : handlerRows())
    if (row.support == Support::Refused) {
      EXPECT_FALSE(row.note.empty()) << row.operation;
    }
}

TEST(Operations, AreDescribedAsPrinted) {
  std::ifstream in(TASKPOD_SOURCE "/docs/ecs-api.md");
  std::string page{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(page, operationsAsMarkdown()) << "taskpod-controller --print-ecs-operations > docs/ecs-api.md";
}

}  // namespace
}  // namespace taskpod::controller
