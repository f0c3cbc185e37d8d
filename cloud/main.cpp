// wattle-cloud: the site's counterpart of its boxes. Takes payments, keeps the books with each box, answers people and
// programs.

#include <CLI/CLI.hpp>
#include <iostream>

#include "cloud/commands.hpp"
#include "shared/store/errors.hpp"

namespace {

using namespace wattle;
using namespace wattle::cloud;

constexpr std::uint32_t hours_valid_usual = 7 * 24;
constexpr std::uint32_t hours_valid_max = 365 * 24;

struct Words {
  std::string config;
  std::uint32_t edge = 0;
  std::uint32_t hours_valid = hours_valid_usual;
  std::string from;
  AuditOptions audit;
};

CLI::App* add_command(CLI::App& app, Words& words, const std::string& name, const std::string& what) {
  auto* command = app.add_subcommand(name, what);
  command->add_option("--config", words.config, "configuration file (TOML)")->required();
  return command;
}

}  // namespace

namespace wattle::cloud {

std::string remedy_of(const Error& error) { return error == StoreErrc::busy ? "; stop the cloud first" : ""; }

int end_with(Exit code, const std::string& what) {
  std::cerr << "wattle-cloud: " << what << '\n';
  return code;
}

}  // namespace wattle::cloud

int main(int argc, char** argv) {
  CLI::App app{"The cloud of a site: takes payments, keeps the books with every box, answers people and programs"};
  Words words;
  app.add_option("--config", words.config, "configuration file (TOML); without a command the cloud runs until it is stopped");
  app.set_version_flag("--version", std::string("wattle-cloud ") + WATTLE_VERSION);
  app.require_subcommand(0, 1);
  const auto* init_command =
      add_command(app, words, "init", "make the site's keys, certificates and tokens, as far as they are missing");
  auto* claim_command = add_command(app, words, "claim-code", "print a new code with which one box may claim a slot");
  claim_command->add_option("--edge", words.edge, "the slot")->required()->check(CLI::Range(1U, UINT32_MAX));
  claim_command->add_option("--hours", words.hours_valid, "how long it is good, by this machine's clock")
      ->capture_default_str()
      ->check(CLI::Range(1U, hours_valid_max));
  auto* audit_command =
      add_command(app, words, "audit", "work all books out again and name every difference (exit code 5: there are some)");
  audit_command->add_flag("--json", words.audit.json, "for programs");
  audit_command->add_option("--registers", words.audit.registers,
                            "what the meters show now: lines of \"meter reading [circuit]\", in Wh or litres");
  audit_command->add_flag("--at-rest", words.audit.at_rest,
                          "nothing is under way, and all is charged that the meters show: look also at what must hold then");
  const auto* check_command = add_command(app, words, "check-config", "say what is wrong with the configuration, by line");
  auto* restore_command = add_command(app, words, "restore", "put a backup in the place of a store that has gone");
  restore_command->add_option("--from", words.from, "the backup")->required();
  CLI11_PARSE(app, argc, argv);

  if (words.config.empty()) return end_with(exit_config, "--config FILE is needed; see --help");
  const auto loaded = load_config(words.config);
  for (const auto& fault : loaded.faults) std::cerr << fault << '\n';
  if (!loaded.faults.empty()) return exit_config;
  if (*init_command) return init(loaded.config);
  if (*claim_command) return print_claim_code(loaded.config, {words.edge}, hours(words.hours_valid));
  if (*audit_command) return audit_site(loaded.config, words.audit);
  if (*restore_command) return restore(loaded.config, words.from);
  if (*check_command) {
    std::cout << words.config << ": right\n";
    return exit_ok;
  }
  return run(loaded.config);
}
