// Reads the #include lines and checks the arrows of CONTRIBUTING.md.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace taskpod {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"base", {}},
    {"json", {"base"}},
    {"k8s", {"base", "json"}},
    {"ecs", {"base", "json"}},
    {"schedule", {"base", "json", "k8s"}},
    {"translate", {"base", "json", "k8s", "ecs", "schedule"}},
    {"net", {"base", "json"}},
    {"kube", {"base", "json", "k8s", "net"}},
    {"controller", {"base", "json", "k8s", "ecs", "translate", "schedule", "kube", "net"}},
    {"kubelet-lite", {"base", "json", "k8s", "kube", "net", "schedule"}},  // schedule: requests only, for admission
};

std::string folderOf(std::string include) {
  if (include.starts_with("taskpod/")) include = include.substr(8);
  auto slash = include.find('/');
  return slash == std::string::npos ? "" : include.substr(0, slash);
}

TEST(Layers, AFolderIncludesOnlyWhatItsArrowsPointTo) {
  fs::path root = TASKPOD_SOURCE;
  for (const auto& [folder, allowed] : kMayInclude) {
    for (const fs::path& base : {root / "include/taskpod" / folder, root / "src" / folder, root / folder}) {
      if (!fs::exists(base)) continue;
      for (const auto& entry : fs::recursive_directory_iterator(base)) {
        if (entry.path().extension() != ".h" && entry.path().extension() != ".cc") continue;
        std::ifstream in(entry.path());
        for (std::string line; std::getline(in, line);) {
          if (!line.starts_with("#include \"")) continue;
          std::string target = folderOf(line.substr(10, line.rfind('"') - 10));
          if (target.empty() || target == folder || !kMayInclude.contains(target)) continue;
          EXPECT_TRUE(allowed.contains(target)) << entry.path().string() << " includes " << target;
        }
      }
    }
  }
}

}  // namespace
}  // namespace taskpod
