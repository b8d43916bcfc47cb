#include <gtest/gtest.h>

#include <thread>

#include "taskpod/base/backoff.h"
#include "taskpod/base/boxed.h"
#include "taskpod/base/error.h"
#include "taskpod/base/time.h"
#include "taskpod/base/work_queue.h"

namespace taskpod {
namespace {

TEST(Error, EveryHttpStatusOfAReasonLeadsBackToAReasonOfThatStatus) {
  for (Reason reason : {Reason::BadRequest, Reason::Unauthorized, Reason::Forbidden, Reason::NotFound, Reason::Conflict, Reason::Gone,
                        Reason::Invalid, Reason::TooManyRequests, Reason::InternalError, Reason::Timeout})
    EXPECT_EQ(httpStatus(reasonFromHttpStatus(httpStatus(reason))), httpStatus(reason)) << toString(reason);
}

TEST(Boxed, CopiesTheValueAndNotThePointer) {
  Boxed<std::string> a(std::string("x"));
  Boxed<std::string> b = a;
  *b = "y";
  EXPECT_EQ(*a, "x");
  EXPECT_FALSE(a == b);
  EXPECT_TRUE(Boxed<std::string>() == Boxed<std::string>());
}

TEST(Time, WritesAndReadsRfc3339) {
  auto time = parseTime("2026-11-25T10:00:00.250Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(formatTime(*time), "2026-11-25T10:00:00Z");
  EXPECT_EQ(formatMicroTime(*time), "2026-11-25T10:00:00.250000Z");
  EXPECT_EQ(formatNanoTime(*time), "2026-11-25T10:00:00.25Z");
  EXPECT_EQ(parseTime("2026-11-25T12:00:00+02:00"), parseTime("2026-11-25T10:00:00Z"));
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* text : {"", "yesterday", "2026-13-01T00:00:00Z", "2026-11-25T10:00:00", "2026-11-25T25:00:00Z", "2026-11-25T10:00:00Zx"})
    EXPECT_FALSE(parseTime(text)) << text;
}

TEST(Backoff, DoublesUpToTheLongestAndNeverOverflows) {
  Backoff backoff{std::chrono::seconds(10), std::chrono::seconds(300)};
  EXPECT_GE(backoff.after(1), std::chrono::seconds(10));
  EXPECT_GE(backoff.after(2), std::chrono::seconds(20));
  EXPECT_LE(backoff.after(2), std::chrono::seconds(22));
  EXPECT_LE(backoff.after(1'000'000), std::chrono::seconds(330));
}

TEST(WorkQueue, HandsAKeyOutOnceHoweverOftenItWasAdded) {
  WorkQueue queue;
  queue.add("a");
  queue.add("a");
  queue.add("b");
  EXPECT_EQ(queue.get(), "a");
  EXPECT_EQ(queue.get(), "b");
  queue.stop();
  EXPECT_FALSE(queue.get());
}

TEST(WorkQueue, KeepsAKeyBackWhileItIsWorkedOnAndHandsItOutAgainAfterwards) {
  WorkQueue queue;
  queue.add("a");
  ASSERT_EQ(queue.get(), "a");
  queue.add("a");
  queue.add("b");
  EXPECT_EQ(queue.get(), "b");
  queue.done("a");
  EXPECT_EQ(queue.get(), "a");
}

TEST(WorkQueue, WakesAWorkerThatWaits) {
  WorkQueue queue;
  std::optional<std::string> got;
  std::thread worker([&] { got = queue.get(); });
  queue.addAfter("late", std::chrono::milliseconds(1));
  worker.join();
  EXPECT_EQ(got, "late");
}

}  // namespace
}  // namespace taskpod
