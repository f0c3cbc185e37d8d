#include "cloud/gateway/heads.hpp"

#include <filesystem>

#include "cloud/gateway/errors.hpp"
#include "shared/io/files.hpp"
#include "shared/ledger/fields.hpp"

namespace wattle::cloud {
namespace {

constexpr std::size_t heads_bytes_max = 16 * 1024 * 1024;

struct HeadLine {
  StreamId stream;
  std::uint64_t number = 0;
};
template <class F>
void fields(F& f, HeadLine& v) {
  f(v.stream.site), f(v.stream.link), f(v.stream.direction), f(v.number);
}

}  // namespace

Result<HeadsFile> HeadsFile::load(std::string path) {
  HeadsFile file(std::move(path));
  if (!std::filesystem::exists(file.path_)) return file;
  const auto text = read_file(file.path_, heads_bytes_max);
  if (!text) return text.error();
  std::string_view rest = *text;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const auto line = from_bytes<HeadLine>(from_hex(rest.substr(0, end)));
    if (end == std::string_view::npos || !line) return WATTLE_FAIL(GatewayErrc::heads);
    file.heads_[line->stream] = line->number;
    rest.remove_prefix(end + 1);
  }
  return file;
}

Result<void> HeadsFile::write(const Heads& heads) {
  if (heads == heads_) return {};
  std::string text;
  for (const auto& [stream, number] : heads) text += to_hex(to_bytes(HeadLine{stream, number})) + '\n';
  auto written = write_file(path_, text, FileAccess::owner_only);
  if (written) heads_ = heads;
  return written;
}

}  // namespace wattle::cloud
