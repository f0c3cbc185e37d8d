// Memory for a process with one thread that asks for some dozen small pieces at every event: a fifth of a run was spent in
// malloc. A piece comes from a page of pieces of its size and goes back to their list; nothing goes back to the system, since a
// process ends after a few runs. Large pieces are malloc's. Not under the address sanitizer, which wants to see each of them.

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <sys/mman.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

constexpr std::size_t grain = 16;
constexpr std::size_t small_max = 1024;
constexpr std::size_t page_bytes = std::size_t{1} << 16;
constexpr std::size_t region_bytes = std::size_t{1} << 36;  // of addresses; memory is taken as it is touched

struct Piece {
  Piece* next;
};

struct Region {
  std::byte* begin = nullptr;
  std::size_t pages = 0;                                      // in use
  std::array<std::uint8_t, region_bytes / page_bytes> sizes;  // of each page's pieces, in grains, less one
  std::array<Piece*, small_max / grain> free;                 // by the same
  std::array<std::byte*, small_max / grain> rest;             // of the newest page: what was never given out
  std::array<std::size_t, small_max / grain> rest_bytes;
};

constinit Region region{};

void* large(std::size_t size) {
  if (auto* got = std::malloc(size)) return got;
  throw std::bad_alloc();
}

/// False when the system gives no addresses, or all are in use.
bool begin_page(std::size_t size) {
  if (region.begin == nullptr) {
    auto* got = ::mmap(nullptr, region_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (got == MAP_FAILED) return false;
    region.begin = static_cast<std::byte*>(got);
  }
  if (region.pages == region.sizes.size()) return false;
  region.rest[size] = region.begin + region.pages * page_bytes;
  region.rest_bytes[size] = page_bytes;
  region.sizes[region.pages++] = static_cast<std::uint8_t>(size);
  return true;
}

void* take(std::size_t bytes) {
  if (bytes > small_max) return large(bytes);
  const auto size = bytes == 0 ? 0 : (bytes - 1) / grain;
  if (auto* piece = region.free[size]) {
    region.free[size] = piece->next;
    return piece;
  }
  const auto whole = (size + 1) * grain;
  if (region.rest_bytes[size] < whole && !begin_page(size)) return large(bytes);
  auto* piece = region.rest[size];
  region.rest[size] += whole;
  region.rest_bytes[size] -= whole;
  return piece;
}

void give_back(void* at) {
  const auto offset = reinterpret_cast<std::uintptr_t>(at) - reinterpret_cast<std::uintptr_t>(region.begin);
  if (region.begin == nullptr || offset >= region_bytes) return std::free(at);
  const auto size = region.sizes[offset / page_bytes];
  auto* piece = static_cast<Piece*>(at);
  piece->next = region.free[size];
  region.free[size] = piece;
}

}  // namespace

void* operator new(std::size_t bytes) { return take(bytes); }
void* operator new[](std::size_t bytes) { return take(bytes); }
void operator delete(void* at) noexcept {
  if (at != nullptr) give_back(at);
}
void operator delete[](void* at) noexcept {
  if (at != nullptr) give_back(at);
}
void operator delete(void* at, std::size_t) noexcept { operator delete(at); }
void operator delete[](void* at, std::size_t) noexcept { operator delete(at); }

#endif
