#pragma once
// What wattle-cloud can be told to do: a file each (run.cpp, init.cpp, restore.cpp, audit_command.cpp).

#include "cloud/config.hpp"

namespace wattle::cloud {

/// docs/operating/cloud.md tells what to do about each.
enum Exit : int { exit_ok = 0, exit_config = 1, exit_keys = 2, exit_store = 3, exit_machine = 4, exit_differences = 5 };

/// Serves until it is told to stop.
int run(const CloudConfig& config);
/// Makes what is missing of keys, certificates and tokens, and touches nothing that is there.
int init(const CloudConfig& config);
/// Prints a claim code for the slot.
int print_claim_code(const CloudConfig& config, EdgeId slot, Duration valid);
/// Puts a backup in the place of a store that has gone.
int restore(const CloudConfig& config, const std::string& backup);

struct AuditOptions {
  bool json = false;
  bool at_rest = false;   // nothing is under way: what only holds then is looked at too
  std::string registers;  // a file of "meter reading" lines, or none
};
int audit_site(const CloudConfig& config, const AuditOptions& options);

/// What to do where the store's lock is held by another process; else nothing.
std::string remedy_of(const Error& error);
/// Says on standard error what went wrong.
int end_with(Exit code, const std::string& what);
/// The token of a file, without the end of its line.
Result<std::string> read_token(const std::string& file);

}  // namespace wattle::cloud
