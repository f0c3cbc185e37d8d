#include "shared/meter/capture.hpp"

#include "shared/base/check.hpp"
#include "shared/meter/capture_modbus.hpp"
#include "shared/meter/cjt188.hpp"
#include "shared/meter/dlt645_describe.hpp"
#include "shared/meter/mbus_data.hpp"

namespace wattle {
namespace {

constexpr std::uint8_t preamble = 0xfe;  // of DL/T 645 and CJ/T 188

template <class Found, class Describe>
Catch caught(const Outcome<Found>& outcome, Describe describe) {
  if (const auto* found = std::get_if<Found>(&outcome)) return CaughtFrame{found->offset, found->size, describe(found->frame)};
  return std::get<Bad>(outcome);  // on a quiet wire there is nothing to wait for
}

bool has_preamble(Protocol protocol) {
  return protocol == Protocol::dlt645_1997 || protocol == Protocol::dlt645_2007 || protocol == Protocol::cjt188;
}

template <class Model>
const Model* model_in(const CaptureHints& hints) {
  return hints.profile != nullptr ? std::get_if<Model>(&hints.profile->protocol) : nullptr;
}

class Splitter {
 public:
  Splitter(Protocol protocol, ByteView heard, const CaptureHints& hints)
      : protocol_(protocol), heard_(heard), modbus_(hints.told, model_in<ModbusModel>(hints)) {
    const auto* water = model_in<cjt188::Model>(hints);
    if (water != nullptr && water->valve) valve_bits_ = water->valve->bits;
  }

  std::vector<Caught> run() {
    take(0, heard_.size());
    const auto noise = heard_.size() - taken_;
    if (out_.empty()) {
      const auto why = heard_.empty() ? WATTLE_FAIL(MeterErrc::silence) : WATTLE_FAIL(MeterErrc::framing);
      out_.push_back({.size = heard_.size(), .described = {{}, why, 0}});
    } else {
      out_.back().noise_behind = noise;
    }
    return std::move(out_);
  }

 private:
  Catch next(ByteView rest) {
    switch (protocol_) {
      case Protocol::modbus_rtu: return modbus_.next_rtu(rest);
      case Protocol::modbus_tcp: return modbus_.next_tcp(rest);
      case Protocol::dlt645_1997: return next_dlt645(dlt645::Edition::v1997, rest);
      case Protocol::dlt645_2007: return next_dlt645(dlt645::Edition::v2007, rest);
      case Protocol::cjt188:
        return caught(cjt188::find_frame(rest, Wire::quiet),
                      [&](const auto& frame) { return cjt188::describe(frame, valve_bits_); });
      case Protocol::mbus:
        return caught(mbus::find_frame(rest, Wire::quiet), [](const auto& frame) { return mbus::describe(frame); });
    }
    return Bad{WATTLE_FAIL(MeterErrc::framing), 0};
  }
  static Catch next_dlt645(dlt645::Edition edition, ByteView rest) {
    return caught(dlt645::find_frame(rest, Wire::quiet), [&](const auto& frame) { return dlt645::describe(edition, frame); });
  }

  /// The frames of [from, to). What lies in front of a sound frame is looked through alone: a broken one in it is told too.
  void take(std::size_t from, std::size_t to) {
    while (from < to) {
      auto found = next(heard_.subspan(from, to - from));
      if (auto* frame = std::get_if<CaughtFrame>(&found)) {
        take(from, from + frame->offset);
        add(from + frame->offset, frame->size, std::move(frame->described));
        from = taken_;
        continue;
      }
      const auto& bad = std::get<Bad>(found);
      if (bad.error == MeterErrc::framing && bad.offset == 0) return;  // a broken one has its fault behind its first byte
      const auto begins = from + bad.begins;
      const auto size = bad.size > 0 ? bad.size : to - begins;
      add(begins, size, {{}, bad.error, bad.offset - bad.begins});
      from = taken_;
    }
  }

  void add(std::size_t offset, std::size_t size, Described described) {
    WATTLE_CHECK(offset >= taken_ && size > 0 && offset + size <= heard_.size());
    Caught caught{.offset = offset, .size = size, .described = std::move(described)};
    while (has_preamble(protocol_) && offset - caught.wake_up > taken_ && heard_[offset - caught.wake_up - 1] == preamble)
      ++caught.wake_up;
    caught.noise = offset - caught.wake_up - taken_;
    if (caught.described.error) caught.described.offset += offset;
    taken_ = offset + size;
    out_.push_back(std::move(caught));
  }

  Protocol protocol_;
  ByteView heard_;
  ModbusCapture modbus_;
  cjt188::StatusBits valve_bits_;
  std::size_t taken_ = 0;  // up to here the bytes belong to frames, or lie between two
  std::vector<Caught> out_;
};

}  // namespace

const char* word(Protocol protocol) {
  switch (protocol) {
    case Protocol::modbus_rtu: return "modbus-rtu";
    case Protocol::modbus_tcp: return "modbus-tcp";
    case Protocol::dlt645_1997: return "dlt645-1997";
    case Protocol::dlt645_2007: return "dlt645-2007";
    case Protocol::cjt188: return "cjt188";
    case Protocol::mbus: return "mbus";
  }
  return "unknown";
}

bool speaks(const MeterProfile& profile, Protocol protocol) {
  if (std::holds_alternative<ModbusModel>(profile.protocol))
    return protocol == Protocol::modbus_rtu || protocol == Protocol::modbus_tcp;
  if (const auto* model = std::get_if<dlt645::Model>(&profile.protocol))
    return protocol == (model->edition == dlt645::Edition::v2007 ? Protocol::dlt645_2007 : Protocol::dlt645_1997);
  return protocol == (std::holds_alternative<cjt188::Model>(profile.protocol) ? Protocol::cjt188 : Protocol::mbus);
}

std::vector<Caught> frames_in(Protocol protocol, ByteView heard, const CaptureHints& hints) {
  WATTLE_CHECK(heard.size() <= max_capture);
  WATTLE_CHECK(hints.profile == nullptr || speaks(*hints.profile, protocol));
  return Splitter(protocol, heard, hints).run();
}

}  // namespace wattle
