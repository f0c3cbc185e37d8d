#pragma once
// The registers of the configuration that control circuits, as this box applies them. What cannot be read is set aside: the
// last value that could be read goes on, also after a restart; where there was none, the default.

#include <map>
#include <string>

#include "shared/ledger/link_state.hpp"
#include "shared/ledger/store.hpp"
#include "shared/policy/registers.hpp"

namespace wattle::edge {

class SettingsBook {
 public:
  explicit SettingsBook(const StoreReader& store) : store_(&store) {}

  struct Change {
    bool any = false;
    std::vector<std::string> bad;  // keys whose new value is not taken
  };
  /// What the fold holds now. Cheap when nothing has changed.
  Change read(const std::map<std::string, ConfigValue>& config, Commit& commit);

  const ControlSettings& of(CircuitId circuit) const;
  Duration return_pause() const { return defaults_.return_pause; }
  const std::map<std::uint8_t, Timetable>& timetables() const { return timetables_; }
  const Calendar& calendar() const { return calendar_; }
  const std::map<CircuitId, ClearOrder>& clears() const { return clears_; }

  /// For the report: which version of a register is here, and whether it is what is applied.
  struct Applied {
    Bytes value;
    std::uint64_t version = 0;
    bool overridden = false;
    bool good = true;
    bool listed = false;  // of the reading under way
  };
  const std::map<std::string, Applied>& applied() const { return applied_; }

 private:
  bool take(const std::string& key, ByteView value);
  void drop(const std::string& key);

  const StoreReader* store_;
  std::map<std::string, Applied> applied_;
  std::map<CircuitId, ControlSettings> controls_;
  std::map<CircuitId, ClearOrder> clears_;
  std::map<std::uint8_t, Timetable> timetables_;
  Calendar calendar_;
  SiteDefaults defaults_;
};

}  // namespace wattle::edge
