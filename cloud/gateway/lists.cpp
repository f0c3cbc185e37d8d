#include "cloud/gateway/lists.hpp"

#include <algorithm>
#include <filesystem>

#include "cloud/gateway/errors.hpp"
#include "shared/io/files.hpp"

namespace wattle::cloud {
namespace {

constexpr std::size_t file_bytes_max = 64 * 1024 * 1024;
constexpr std::string_view claim_word = "claim ";
constexpr std::string_view fence_word = "fence ";

}  // namespace

Result<ListsFile> ListsFile::load(std::string path) {
  ListsFile file(std::move(path));
  if (!std::filesystem::exists(file.path_)) return file;
  const auto text = read_file(file.path_, file_bytes_max);
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
  if (line.starts_with(claim_word)) {
    const auto claim = from_bytes<Claim>(from_hex(line.substr(claim_word.size())));
    if (claim) claims_.push_back(*claim);
    return claim.has_value();
  }
  if (!line.starts_with(fence_word)) return false;
  const auto holder = from_bytes<Holder>(from_hex(line.substr(fence_word.size())));
  if (holder) fences_.push_back(*holder);
  return holder.has_value();
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

Result<void> ListsFile::write() const {
  std::string text;
  for (const auto& claim : claims_) text += std::string(claim_word) + to_hex(to_bytes(claim)) + '\n';
  for (const auto& fence : fences_) text += std::string(fence_word) + to_hex(to_bytes(fence)) + '\n';
  return write_file(path_, text, FileAccess::owner_only);
}

}  // namespace wattle::cloud
