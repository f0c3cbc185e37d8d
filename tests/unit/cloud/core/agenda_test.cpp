#include "cloud/core/agenda.hpp"

#include <catch2/catch.hpp>

using namespace wattle;
using namespace wattle::cloud;

namespace {

constexpr RoomId first{101};
constexpr RoomId second{102};

using Filed = std::vector<std::pair<int, RoomId>>;

}  // namespace

TEST_CASE("What waits for one room is looked at with that room alone") {
  Agenda<int> agenda;
  agenda.add(second, 7);
  agenda.add(first, 9);
  agenda.add(first, 3);
  Due due;
  CHECK(agenda.due(due).empty());
  due.add(first);
  CHECK(agenda.due(due) == Filed{{3, first}, {9, first}});
  due.add(second);
  CHECK(agenda.due(due) == Filed{{3, first}, {7, second}, {9, first}});
  due.clear();
  due.add_all();
  CHECK(agenda.due(due).size() == 3);
}

TEST_CASE("What waits for no room is always due") {
  Agenda<int> agenda;
  agenda.add(any_room, 5);
  CHECK(agenda.due(Due{}) == Filed{{5, any_room}});
}

TEST_CASE("What is new is due once, whatever its room") {
  Agenda<int> agenda;
  agenda.add(first, 5);
  agenda.add(second, 4);
  agenda.remove(second, 4);
  CHECK(agenda.fresh().size() == 2);
  CHECK(agenda.take_due(Due{}) == Filed{{5, first}});
  CHECK(agenda.take_due(Due{}).empty());
  agenda.add(first, 5);
  Due due;
  due.add(first);
  CHECK(agenda.take_due(due) == Filed{{5, first}});  // new and due: still one
}

TEST_CASE("What is done waits no more") {
  Agenda<int> agenda;
  agenda.add(first, 5);
  CHECK(agenda.contains(first, 5));
  agenda.remove(first, 5);
  CHECK_FALSE(agenda.contains(first, 5));
  Due due;
  due.add_all();
  CHECK(agenda.due(due).empty());
}
