#include "cloud/gateway/lists.hpp"

#include <algorithm>
#include <filesystem>

#include "cloud/gateway/errors.hpp"
#include "shared/io/files.hpp"

namespace wattle::cloud {
namespace {

constexpr std::size_t lists_bytes_max = 64 * 1024 * 1024;
constexpr std::string_view claim_word = "claim ";
constexpr std::string_view fence_word = "fence ";
constexpr std::string_view promise_word = "keep ";
constexpr std::string_view restore_word = "restore ";

}  // namespace

Result<ListsFile> ListsFile::load(std::string path) {
  ListsFile file(std::move(path));
  if (!std::filesystem::exists(file.path_)) return file;
  const auto text = read_file(file.path_, lists_bytes_max);
  if (!text) return text.error();
  std::string_view rest = *text;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos || !file.read_line(rest.substr(0, end))) return WATTLE_FAIL(GatewayErrc::lists);
    rest.remove_prefix(end + 1);
  }
  return file;
}

bool ListsFile::read_line(std::string_view line) {
  const auto is_word = [&](std::string_view word) { return line.starts_with(word); };
  const auto take = [&]<class T>(std::string_view word, std::vector<T>& out) {
    const auto value = from_bytes<T>(from_hex(line.substr(word.size())));
    if (value) out.push_back(*value);
    return value.has_value();
  };
  if (is_word(claim_word)) return take(claim_word, claims_);
  if (is_word(fence_word)) return take(fence_word, fences_);
  if (is_word(promise_word)) return take(promise_word, promises_);
  if (is_word(restore_word)) return take(restore_word, restores_);
  return false;
}

Lists ListsFile::lists() const {
  Lists lists;
  for (const auto& claim : claims_) lists.claims.emplace_back(claim.holder, claim.signing);
  lists.fences = fences_;
  return lists;
}

Result<void> ListsFile::add(const Claim& claim) {
  if (std::find(claims_.begin(), claims_.end(), claim) != claims_.end()) return {};
  claims_.push_back(claim);
  return write();
}

Result<void> ListsFile::add_fence(Holder holder) {
  if (std::find(fences_.begin(), fences_.end(), holder) != fences_.end()) return {};
  fences_.push_back(holder);
  return write();
}

Result<void> ListsFile::add(const Restore& restore) {
  restores_.push_back(restore);
  return write();
}

Result<void> ListsFile::promise(const std::vector<BackupsKept>& kept) {
  bool changed = false;
  for (const auto& one : kept) {
    const auto known =
        std::find_if(promises_.begin(), promises_.end(), [&](const auto& other) { return other.holder == one.holder; });
    auto& promised = known != promises_.end() ? *known : promises_.emplace_back(BackupsKept{one.holder, 0, 0});
    changed = changed || promised.up_cursor < one.up_cursor || promised.down_agreed < one.down_agreed;
    promised.up_cursor = std::max(promised.up_cursor, one.up_cursor);
    promised.down_agreed = std::max(promised.down_agreed, one.down_agreed);
  }
  return changed ? write() : Result<void>();
}

Result<void> ListsFile::write() const {
  std::string text;
  const auto put = [&](std::string_view word, const auto& values) {
    for (const auto& value : values) text += std::string(word) + to_hex(to_bytes(value)) + '\n';
  };
  put(claim_word, claims_);
  put(fence_word, fences_);
  put(promise_word, promises_);
  put(restore_word, restores_);
  return write_file(path_, text, FileAccess::owner_only);
}

}  // namespace wattle::cloud
