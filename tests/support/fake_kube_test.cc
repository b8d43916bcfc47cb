#include "tests/support/fake_kube.h"

#include <gtest/gtest.h>

namespace taskpod::tests {
namespace {

k8s::Pod pod(const std::string& name) {
  k8s::Pod out;
  out.metadata.name = name;
  out.metadata.namespace_ = "default";
  return out;
}

TEST(FakeKube, RefusesASecondObjectOfANameAndAStaleUpdate) {
  FakeKube server;
  auto client = server.client();
  auto created = client->create("default", pod("a"));
  ASSERT_TRUE(created);
  EXPECT_EQ(client->create("default", pod("a")).error().reason, Reason::AlreadyExists);
  ASSERT_TRUE(client->update(*created));
  EXPECT_EQ(client->update(*created).error().reason, Reason::Conflict);
}

TEST(FakeKube, BindsAPodOnce) {
  FakeKube server;
  auto client = server.client();
  ASSERT_TRUE(client->create("default", pod("a")));
  const std::string body = R"({"target":{"kind":"Node","name":"n"}})";
  EXPECT_TRUE(client->call("POST", "/api/v1/namespaces/default/pods/a/binding", body));
  EXPECT_EQ(client->call("POST", "/api/v1/namespaces/default/pods/a/binding", body).error().reason, Reason::Conflict);
}

}  // namespace
}  // namespace taskpod::tests
