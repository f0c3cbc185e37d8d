#pragma once
// One question to one meter and everything needed to know its answer, whatever it speaks. This is what a poll plan deals in: it
// asks for exchanges, hands their bytes to a bus, and turns the answers into a reading.

#include "shared/meter/modbus_rtu.hpp"
#include "shared/meter/profile.hpp"

namespace wattle {

/// Where a meter is on its bus, who should be there, and what it wants to hear before it obeys. The password is never logged.
struct MeterPlace {
  std::uint64_t address = 0;  // Modbus unit, M-Bus primary address, or the digits by which the meter is asked
  MeterId number;             // on the plate
  dlt645::Credentials by;
};

struct Exchange {
  std::variant<ModbusAsk, dlt645::Request, cjt188::Request, mbus::Request> ask;
  bool operator==(const Exchange&) const = default;
};

/// How the bytes travel: as on the serial line, or as Modbus over TCP. The number, which a master counts up with each question,
/// is that of a frame of Modbus over TCP, and its lower byte the SER of CJ/T 188: the answer to an earlier question has another
/// one. What the other protocols say looks the same everywhere.
struct Carriage {
  bool modbus_tcp = false;
  std::uint16_t transaction = 0;
};
/// The question with the number that it goes out with.
Exchange numbered(Exchange exchange, Carriage carriage);

/// A question as it is asked of this model: with what the model means when it says no.
Exchange asked_of(const MeterProfile& profile, Exchange exchange);

/// The questions whose answers make up a reading, in order.
std::vector<Exchange> reading_exchanges(const MeterProfile& profile, const MeterPlace& place, Depth depth);
/// What is to be asked behind the answers so far, which are those to reading_exchanges and to what this gave before: meters of
/// M-Bus may say that another telegram follows. Nothing: the reading is whole. At most reading_exchanges_more in all. Of a
/// meter of energy whose newest full reading had no power (tells_power false) control looks for none.
inline constexpr std::size_t reading_exchanges_more = mbus::telegrams_max - 1;
std::optional<Exchange> following_exchange(const MeterProfile& profile, const MeterPlace& place, Depth depth,
                                           std::span<const MeterAnswer> answers, bool tells_power = true);
/// Whether the reading can do without the answer to the question behind these answers, since it is bad for this reason: the
/// meter refuses, or misshapes, what control does not ask, or says nothing to it where answers name what they answer (DL/T
/// 645); or a telegram of M-Bus that follows the register cannot be had. An empty answer then stands for it, and decode_reading
/// takes it for not told.
bool may_lack(const MeterProfile& profile, const MeterPlace& place, Depth depth, std::span<const MeterAnswer> answers,
              Error why);
/// A relay command, or one to a valve. Its answer means accepted, not switched: the next reading tells. The circuit must have a
/// relay.
Exchange relay_exchange(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, bool close);
/// From the answers to reading_exchanges and what followed them, in their order.
Result<Reading> decode_reading(const MeterProfile& profile, const MeterPlace& place, Depth depth,
                               std::span<const MeterAnswer> answers);

/// The value for which decode_reading refuses these answers, and the question whose answer holds it (from 0); nothing when
/// there is none, or when it is no value that is wrong. Of M-Bus and CJ/T 188, where one telegram holds all, the last question.
struct RefusedValue {
  ValueName is;
  std::size_t question = 0;
};
std::optional<RefusedValue> refused_value(const MeterProfile& profile, const MeterPlace& place, Depth depth,
                                          std::span<const MeterAnswer> answers);
/// What a question of a reading is after, where it is one value: DL/T 645.
std::optional<ValueName> asked_value(const MeterProfile& profile, Depth depth, std::size_t question);

Bytes request_bytes(const Exchange& exchange, Carriage carriage = {});
Received receive(const Exchange& exchange, ByteView heard, Wire wire, Carriage carriage = {});
/// How long to wait for the whole answer, counted from the first byte sent, on a line of this format.
Duration answer_timeout(const MeterProfile& profile, const Exchange& exchange, const LineFormat& line);
/// Silence that the meter needs before a request: 3.5 characters (V1.02 §2.5.1.1) unless its model asks for more.
Duration gap_before(const MeterProfile& profile, const LineFormat& line);

}  // namespace wattle
