#pragma once
// Ends that lie: one entry under way is put in another's place, rightly chained and signed by its writer. Right ends never do,
// so nothing else shows that the reader looks.

#include <span>

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

struct Lie {
  const char* what;
  /// Makes the writer write the entry. Room 102 has twenty yuan and lives at the box, 105 too.
  void (*deed)(World& world, BoxNode& box);
  /// False when this entry is not the one.
  bool (*alter)(const BoxNode& box, Entry& entry);
  LedgerErrc reason;  // for which the reader must stop
};

/// Each in a world of its own: the reader takes nothing of it and stops there for that reason; then a person fences the box,
/// and the books are right.
void tell(World& world, std::span<const Lie> lies, Direction direction);

// The box's, beside those of lying_boxes.cpp.
std::span<const Lie> lies_of_answers();
std::span<const Lie> lies_of_energy();
std::span<const Lie> lies_of_corrections();

inline constexpr Kind newer_kind{0x4243};  // that nobody knows

// Deeds of both sides.
void take_cash(World& world, BoxNode& box);
void ask_back(World& world, BoxNode& box);
void move_away(World& world, BoxNode& box);
void book_code(World& world, BoxNode& box);

inline bool is(const Entry& entry, Kind kind) { return entry.kind == kind; }
/// An entry of that kind becomes one of another, whose lines these are. False when it is not of that kind.
bool becomes(Entry& entry, Kind from, Kind to, const Lines& lines);
Pocket room_of(const BoxNode& box, std::uint32_t room);
/// Another box's holder.
Holder beside(const BoxNode& box);
/// The first request for money that the box has been asked.
Uid first_asked(const BoxNode& box);

/// The detail of an entry, to be changed; put back when this goes.
template <class T>
class Altered {
 public:
  explicit Altered(Entry& entry) : entry_(entry), detail_(detail_of<T>(entry).value_or(T{})) {}
  ~Altered() { set_detail(entry_, detail_); }
  Altered(const Altered&) = delete;
  Altered& operator=(const Altered&) = delete;
  T* operator->() { return &detail_; }

 private:
  Entry& entry_;
  T detail_;
};

}  // namespace wattle::sim
