#include "shared/ledger/errors.hpp"

#include <array>

namespace wattle {

namespace {

constexpr std::array error_words = {
    "ledger.ok",
    "ledger.truncated",
    "ledger.version",
    "ledger.malformed",
    "ledger.amount",
    "ledger.overflow",
    "ledger.illegal_line",
    "ledger.foreign_pocket",
    "ledger.not_covered",
    "ledger.misplaced",
    "ledger.hole",
    "ledger.chain",
    "ledger.signature",
    "ledger.seen_unknown",
    "ledger.seen_fell",
    "ledger.after_differs",
    "ledger.room_not_open",
    "ledger.room_open",
    "ledger.opening",
    "ledger.circuit_unknown",
    "ledger.reading_chain",
    "ledger.remainder_chain",
    "ledger.price_unknown",
    "ledger.price_wrong",
    "ledger.split_wrong",
    "ledger.request_unknown",
    "ledger.answered_twice",
    "ledger.released_too_much",
    "ledger.code_used",
    "ledger.code_unknown",
    "ledger.outside_id_used",
    "ledger.detail",
    "ledger.before_grant",
    "ledger.settlement",
    "ledger.fenced",
    "ledger.dropped",
    "ledger.copy_unsigned",
    "ledger.copy_lacks_agreed",
    "ledger.copy_drops_seen",
    "ledger.forks_too_often",
    "ledger.line_missing",
    "ledger.bad_message",
    "ledger.other_session",
};

class LedgerCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "ledger"; }
  std::string message(int code) const override {
    return code >= 0 && static_cast<std::size_t>(code) < error_words.size() ? error_words[static_cast<std::size_t>(code)]
                                                                            : "ledger.?";
  }
};

}  // namespace

const boost::system::error_category& ledger_category() {
  static const LedgerCategory category;
  return category;
}

const char* word(LedgerErrc code) { return error_words[static_cast<std::size_t>(code)]; }

}  // namespace wattle
