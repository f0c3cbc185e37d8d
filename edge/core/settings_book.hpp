#pragma once
// The registers of the configuration that a box knows, as this one applies them. What cannot be read is set aside: the
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
    std::vector<std::string> bad;     // keys whose new value is not taken
    std::vector<std::string> wiring;  // keys of what is wired whose value is another one
  };
  /// What the fold holds now. Cheap when nothing has changed.
  Change read(const std::map<std::string, ConfigValue>& config, Commit& commit);

  const ControlSettings& of(CircuitId circuit) const;
  Duration return_pause() const { return defaults_.return_pause; }
  const std::map<std::uint8_t, Timetable>& timetables() const { return timetables_; }
  const Calendar& calendar() const { return calendar_; }
  const std::map<CircuitId, ClearOrder>& clears() const { return clears_; }
  /// When a circuit's readings are kept: by its own plan, or by the site's. Null: nothing is said.
  const ReadingPlan* plan_of(CircuitId circuit) const;
  const std::map<CircuitId, MeterOrder>& meters() const { return meters_; }
  /// Null: nobody has ordered any.
  const RolloverOrder* rollover_of(CircuitId circuit) const;
  /// What the circuits' meters are to be told.
  const std::map<CircuitId, ParameterOrder>& parameters() const { return parameters_; }
  const std::map<CircuitId, AcceptOrder>& accepts() const { return accepts_; }
  const std::map<CircuitId, CorrectionOrder>& corrections() const { return corrections_; }
  /// How the purses in the circuits' meters are kept.
  const std::map<CircuitId, PurseMode>& purses() const { return purses_; }

  /// What is wired to this box, and to those whose slot it has; by key.
  const std::map<BusKey, BusRegister>& buses() const { return buses_; }
  const std::map<PlaceKey, PlaceRegister>& places() const { return places_; }
  /// Profiles of the site's own, as far as they have come; by name.
  const std::map<std::string, OwnProfile>& profiles() const { return profiles_; }
  /// What is said of the pace of this slot's box; else nothing is.
  BoxPace pace_of(EdgeId slot) const;
  /// Raised whenever one of these is another.
  std::uint64_t wiring_changes() const { return wiring_changes_; }

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
  bool take_profile(const std::string& key, ByteView value);
  void drop(const std::string& key);
  void drop_profile(const std::string& key);
  void note_wiring(const std::string& key, Change& change);

  const StoreReader* store_;
  std::map<std::string, Applied> applied_;
  std::map<CircuitId, ControlSettings> controls_;
  std::map<CircuitId, ClearOrder> clears_;
  std::map<CircuitId, ReadingPlan> plans_;
  ReadingPlan site_plan_;
  std::map<CircuitId, MeterOrder> meters_;
  std::map<CircuitId, RolloverOrder> rollovers_;
  std::map<CircuitId, AcceptOrder> accepts_;
  std::map<CircuitId, CorrectionOrder> corrections_;
  std::map<BusKey, BusRegister> buses_;
  std::map<PlaceKey, PlaceRegister> places_;
  std::map<std::string, OwnProfile> profiles_;
  std::map<EdgeId, BoxPace> paces_;
  std::uint64_t wiring_changes_ = 0;
  std::map<CircuitId, ParameterOrder> parameters_;
  std::map<CircuitId, PurseMode> purses_;
  std::map<std::uint8_t, Timetable> timetables_;
  Calendar calendar_;
  SiteDefaults defaults_;
};

}  // namespace wattle::edge
