#include "shared/store/errors.hpp"

#include <array>
#include <string>

namespace wattle {

namespace {

struct Text {
  const char* word;
  const char* meaning;
};

constexpr std::array named_errors = {
    Text{"store.ok", ""},
    Text{"store.io", "a read, write or sync failed"},
    Text{"store.full", "no space is left for the store"},
    Text{"store.corrupt", "the file is damaged"},
    Text{"store.exists", "an entry with this number stands there already"},
    Text{"store.hole", "numbers would be missing in the stream"},
    Text{"store.busy", "another process holds the store"},
    Text{"store.schema", "the file was made by a later version of this program, or by another program"},
    Text{"store.open", "the file cannot be opened or made"},
    Text{"store.read_only", "the store was opened for reading only"},
    Text{"store.failed", "refused, since the store failed before; start again"},
    Text{"store.memory", "no memory is left"},
    Text{"store.internal", "SQLite refused a statement"},
    Text{"store.unverified", "the backup does not hold what it was taken from"},
    Text{"store.present", "a store is there already"},
};

class StoreCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "store"; }
  std::string message(int code) const override {
    if (code <= 0 || static_cast<std::size_t>(code) >= named_errors.size()) return "store.?";
    const auto& text = named_errors[static_cast<std::size_t>(code)];
    return std::string(text.word) + ": " + text.meaning;
  }
};

}  // namespace

const boost::system::error_category& store_category() {
  static const StoreCategory category;
  return category;
}

Error make_error_code(StoreErrc code) { return {static_cast<int>(code), store_category()}; }

const char* word(StoreErrc code) { return named_errors[static_cast<std::size_t>(code)].word; }

}  // namespace wattle
