// Scores of kube-scheduler's default profile (pkg/scheduler/framework/plugins, v1.36): integer divisions truncate, exactly as there.
#include <algorithm>
#include <cmath>

#include "schedule/request_parts.h"

// One clone per instruction set, chosen when the program starts; not with sanitizers, whose run time is not up yet then. CMakeLists.txt
// compiles this file with -O3 and without trapping maths, so that the loops become vector instructions; the results are the same to the
// bit.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define TASKPOD_VECTOR_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#define TASKPOD_INLINE [[gnu::always_inline]] inline
#else
#define TASKPOD_VECTOR_CLONES
#define TASKPOD_INLINE inline
#endif

namespace taskpod::schedule {
namespace {

// (capacity - requested) * 100 / capacity, 0 if overcommitted. Division of doubles and floor is exact while 100 * capacity < 2^53 (64 TiB).
TASKPOD_INLINE double leastRequested(double requested, double capacity) {
  double free = std::max(capacity - requested, 0.0);
  return std::floor(free * 100.0 / (capacity > 0 ? capacity : 1.0));
}

TASKPOD_INLINE double balance(double cpu, double cpuCapacity, double memory, double memoryCapacity) {
  double cpuShare = std::min(cpu / (cpuCapacity > 0 ? cpuCapacity : 1.0), 1.0);
  double memoryShare = std::min(memory / (memoryCapacity > 0 ? memoryCapacity : 1.0), 1.0);
  double deviation = cpuCapacity > 0 && memoryCapacity > 0 ? std::fabs((cpuShare - memoryShare) / 2.0) : 0.0;
  return std::floor((1.0 - deviation) * 100.0);
}

TASKPOD_INLINE double leastAllocated(double cpu, double cpuCapacity, double memory, double memoryCapacity) {
  double cpuWeight = cpuCapacity > 0 ? 1.0 : 0.0;
  double memoryWeight = memoryCapacity > 0 ? 1.0 : 0.0;
  double weights = std::max(cpuWeight + memoryWeight, 1.0);
  return std::floor((cpuWeight * leastRequested(cpu, cpuCapacity) + memoryWeight * leastRequested(memory, memoryCapacity)) / weights);
}

// 50 + (50 + with - without) / 2; with and without lie in 50..100, so the sum is never negative and floor truncates.
TASKPOD_INLINE double balancedAllocation(double with, double without) { return 50.0 + std::floor((50.0 + with - without) / 2.0); }

struct Wanted {
  double cpu, memory, storage, nonZeroCpu, nonZeroMemory;
  explicit Wanted(const PodRequests& r)
      : cpu(static_cast<double>(r.milliCpu * Snapshot::kCpuPerMilli)),
        memory(static_cast<double>(r.memory)),
        storage(static_cast<double>(r.ephemeralStorage)),
        nonZeroCpu(static_cast<double>(r.askedMilliCpu * Snapshot::kCpuPerMilli)),
        nonZeroMemory(static_cast<double>(r.askedMemory)) {}
};

TASKPOD_VECTOR_CLONES
void scanFit(std::size_t n, const double* __restrict allocatable, const double* __restrict requested, double wanted,
             std::uint8_t* __restrict fits) {
  for (std::size_t i = 0; i < n; ++i) fits[i] = static_cast<std::uint8_t>(fits[i] & (wanted <= allocatable[i] - requested[i]));
}

TASKPOD_VECTOR_CLONES
void scanPods(std::size_t n, const std::int32_t* __restrict allocatable, const std::int32_t* __restrict pods,
              std::uint8_t* __restrict fits) {
  for (std::size_t i = 0; i < n; ++i) fits[i] = static_cast<std::uint8_t>(pods[i] < allocatable[i]);
}

TASKPOD_VECTOR_CLONES
void scanLeast(std::size_t n, const double* __restrict cpuCapacity, const double* __restrict cpu, const double* __restrict memoryCapacity,
               const double* __restrict memory, double wantedCpu, double wantedMemory, std::int32_t* __restrict score) {
  for (std::size_t i = 0; i < n; ++i)
    score[i] = static_cast<std::int32_t>(leastAllocated(cpu[i] + wantedCpu, cpuCapacity[i], memory[i] + wantedMemory, memoryCapacity[i]));
}

TASKPOD_VECTOR_CLONES
void scanBalance(std::size_t n, const double* __restrict cpuCapacity, const double* __restrict cpu, const double* __restrict memoryCapacity,
                 const double* __restrict memory, double wantedCpu, double wantedMemory, std::int32_t* __restrict score) {
  for (std::size_t i = 0; i < n; ++i) {
    double with = balance(cpu[i] + wantedCpu, cpuCapacity[i], memory[i] + wantedMemory, memoryCapacity[i]);
    double without = balance(cpu[i], cpuCapacity[i], memory[i], memoryCapacity[i]);
    score[i] += static_cast<std::int32_t>(balancedAllocation(with, without));
  }
}

constexpr std::int64_t kSmallestImage = 23ll << 20;
constexpr std::int64_t kLargestImage = 1000ll << 20;

}  // namespace

void scanResources(const Snapshot::Lanes& lanes, const Request::Parts& request, std::uint8_t* fits, std::int32_t* score) {
  Wanted wanted(request.requests);
  std::size_t n = lanes.pods.size();
  scanPods(n, lanes.allocatablePods.data(), lanes.pods.data(), fits);
  if (wanted.cpu > 0) scanFit(n, lanes.allocatableCpu.data(), lanes.requestedCpu.data(), wanted.cpu, fits);
  if (wanted.memory > 0) scanFit(n, lanes.allocatableMemory.data(), lanes.requestedMemory.data(), wanted.memory, fits);
  if (wanted.storage > 0) scanFit(n, lanes.allocatableStorage.data(), lanes.requestedStorage.data(), wanted.storage, fits);
  if (request.policy.ordered) return;
  scanLeast(n, lanes.allocatableCpu.data(), lanes.nonZeroCpu.data(), lanes.allocatableMemory.data(), lanes.nonZeroMemory.data(),
            wanted.nonZeroCpu, wanted.nonZeroMemory, score);
  if (request.scoresBalance)
    scanBalance(n, lanes.allocatableCpu.data(), lanes.requestedCpu.data(), lanes.allocatableMemory.data(), lanes.requestedMemory.data(),
                wanted.cpu, wanted.memory, score);
}

ResourceScores resourceScores(const Snapshot::Lanes& lanes, const Request::Parts& request, std::size_t slot) {
  Wanted wanted(request.requests);
  ResourceScores out{};
  out.least = static_cast<int>(leastAllocated(lanes.nonZeroCpu[slot] + wanted.nonZeroCpu, lanes.allocatableCpu[slot],
                                              lanes.nonZeroMemory[slot] + wanted.nonZeroMemory, lanes.allocatableMemory[slot]));
  if (!request.scoresBalance) return out;
  double with = balance(lanes.requestedCpu[slot] + wanted.cpu, lanes.allocatableCpu[slot], lanes.requestedMemory[slot] + wanted.memory,
                        lanes.allocatableMemory[slot]);
  double without =
      balance(lanes.requestedCpu[slot], lanes.allocatableCpu[slot], lanes.requestedMemory[slot], lanes.allocatableMemory[slot]);
  out.balanced = static_cast<int>(balancedAllocation(with, without));
  return out;
}

int untoleratedSoftTaints(const Snapshot::AdmissionClass& admission, const Request::Parts& request) {
  return static_cast<int>(std::count_if(admission.taints.begin(), admission.taints.end(), [&](const k8s::Taint& taint) {
    if (taint.effect != "PreferNoSchedule") return false;
    return std::none_of(request.tolerations.begin(), request.tolerations.end(),
                        [&](const k8s::Toleration& t) { return tolerates(t, taint); });
  }));
}

int preferredWeight(const k8s::Node& node, const Request::Parts& request) {
  int sum = 0;
  for (const auto& term : request.preferredTerms)
    if (matches(term.preference, node)) sum += term.weight;
  return sum;
}

bool anyImagePresent(const Snapshot& snapshot, const Request::Parts& request) {
  return std::any_of(request.images.begin(), request.images.end(),
                     [&](const std::string& image) { return snapshot.image(image) != nullptr; });
}

int imageScore(const Snapshot& snapshot, const Request::Parts& request, std::size_t slot) {
  std::int64_t sum = 0;
  for (const auto& name : request.images) {
    const Snapshot::ImageState* image = snapshot.image(name);
    if (!image || std::find(image->slots.begin(), image->slots.end(), slot) == image->slots.end()) continue;
    double spread = static_cast<double>(image->slots.size()) / static_cast<double>(snapshot.liveNodes());
    sum += static_cast<std::int64_t>(static_cast<double>(image->size) * spread);
  }
  std::int64_t largest = kLargestImage * request.containers;
  sum = std::clamp(sum, kSmallestImage, std::max(largest, kSmallestImage));
  return static_cast<int>(100 * (sum - kSmallestImage) / (largest - kSmallestImage));
}

}  // namespace taskpod::schedule
