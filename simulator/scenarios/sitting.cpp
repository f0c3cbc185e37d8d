#include "simulator/scenarios/sitting.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>

#include "shared/crypto/sodium_crypto.hpp"

namespace wattle::sim {

namespace {

constexpr std::string_view title = "wattle-sim sitting 1";

/// "name value", the whole rest of the line.
bool take(std::istream& in, std::string_view name, std::string& value) {
  std::string line;
  if (!std::getline(in, line) || !line.starts_with(std::string(name) + " ")) return false;
  value = line.substr(name.size() + 1);
  return true;
}

bool take(std::istream& in, std::string_view name, std::uint64_t& value) {
  std::string text;
  char rest = 0;
  unsigned long long number = 0;
  if (!take(in, name, text) || std::sscanf(text.c_str(), "%llu%c", &number, &rest) != 1) return false;
  value = number;
  return true;
}

}  // namespace

std::string own_build() {
  std::ifstream in("/proc/self/exe", std::ios::binary);
  const Bytes bytes{std::istreambuf_iterator<char>(in), {}};
  constexpr std::size_t digits = 16;
  return bytes.empty() ? std::string() : to_hex(SodiumCrypto().hash(bytes).bytes).substr(0, digits);
}

SittingFile read_sitting(const std::string& file, Sitting& sitting) {
  std::ifstream in(file);
  if (!in) return SittingFile::none;
  std::string line;
  const bool good = std::getline(in, line) && line == title && take(in, "build", sitting.build) &&
                    take(in, "faults", sitting.faults) && take(in, "steps", sitting.steps) && take(in, "from", sitting.from) &&
                    take(in, "next", sitting.next) && take(in, "failed", sitting.failed) &&
                    take(in, "events", sitting.events) && sitting.next >= sitting.from &&
                    sitting.next - sitting.from >= sitting.failed;
  return good ? SittingFile::read : SittingFile::bad;
}

bool write_sitting(const std::string& file, const Sitting& sitting) {
  const auto fresh = file + ".new";
  {
    std::ofstream out(fresh, std::ios::trunc);
    out << title << "\nbuild " << sitting.build << "\nfaults " << sitting.faults << "\nsteps " << sitting.steps << "\nfrom "
        << sitting.from << "\nnext " << sitting.next << "\nfailed " << sitting.failed << "\nevents " << sitting.events << '\n';
    if (!out.flush()) return false;
  }
  return std::rename(fresh.c_str(), file.c_str()) == 0;
}

std::string why_not_resumed(const std::string& file, const Sitting& before, const Sitting& now) {
  std::ostringstream why;
  const auto other = [&](const char* what, const auto& there, const auto& here) {
    why << file << " is of runs with " << what << " " << there << ", and this call has " << here;
  };
  if (before.steps != now.steps)
    other("--steps", before.steps, now.steps);
  else if (before.faults != now.faults)
    other("faults", before.faults, now.faults);
  else if (before.from != now.from)
    other("seeds from", before.from, now.from);
  else if (before.build != now.build)
    other("the program", before.build, now.build);
  else
    return {};
  why << ". Go on with what it was begun with, or begin anew: name another file, or remove this one.";
  return why.str();
}

}  // namespace wattle::sim
