// wattle-power-cut FOLDER [SEED]: takes back the writes that no sync had confirmed when the process under libdisk_faults.so was
// killed (see disk_faults.c). With a seed only some of them, each by the toss of a coin: a disk may have written any.

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "shared/base/bytes.hpp"
#include "shared/base/random.hpp"

namespace {

using wattle::Bytes;

struct Undo {
  std::uint64_t offset = 0;
  std::uint64_t size_before = 0;
  Bytes bytes;
};

std::string file_of(const std::string& undo_name) {
  std::string path;
  for (std::size_t at = 0; at < undo_name.size(); ++at) {
    const auto code = undo_name.substr(at, 3);
    if (code == "%2F")
      path += '/', at += 2;
    else if (code == "%25")
      path += '%', at += 2;
    else
      path += undo_name[at];
  }
  return path;
}

std::vector<Undo> records_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const Bytes content{std::istreambuf_iterator<char>(file), {}};
  wattle::Reader in(content);
  std::vector<Undo> records;
  while (in.ok() && !in.at_end()) {
    Undo undo{in.u64(), in.u64(), {}};
    const auto bytes = in.raw(in.u64());
    undo.bytes.assign(bytes.begin(), bytes.end());
    if (in.ok()) records.push_back(std::move(undo));
  }
  return records;
}

bool take_back(int file, const Undo& undo) {
  const auto size = static_cast<ssize_t>(undo.bytes.size());
  return ::pwrite(file, undo.bytes.data(), undo.bytes.size(), static_cast<off_t>(undo.offset)) == size &&
         ::ftruncate(file, static_cast<off_t>(undo.size_before)) == 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2 || count > 3) {
    std::fprintf(stderr, "wattle-power-cut FOLDER [SEED]\n");
    return 2;
  }
  std::optional<wattle::Random> coin;
  if (count == 3) coin.emplace(std::stoull(arguments[2]));
  std::size_t taken_back = 0;
  for (const auto& item : std::filesystem::directory_iterator(arguments[1])) {
    const auto path = file_of(item.path().filename().string());
    const auto records = records_of(item.path());
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0) continue;  // removed since: names are not taken back
    for (auto at = records.rbegin(); at != records.rend(); ++at) {
      if (coin && coin->chance(1, 2)) continue;
      if (!take_back(file, *at)) return 1;
      ++taken_back;
    }
    ::close(file);
    std::filesystem::remove(item.path());
  }
  std::printf("%zu writes taken back\n", taken_back);
  return 0;
}
