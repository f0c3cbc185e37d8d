#pragma once
// Users of the site: their names, roles and passwords.

#include <string_view>

#include "cloud/api/records.hpp"
#include "cloud/store/accounts.hpp"

namespace wattle::api {

inline constexpr std::size_t password_least = 10;
inline constexpr std::size_t password_max = 128;

/// 1 to 32 of [a-z0-9._-].
bool is_user_name(std::string_view text);

template <>
const http::ProblemKind* write_objection(const cloud::Registry& registry, const cloud::User& user);
template <>
const http::ProblemKind* erase_objection(const cloud::Registry& registry, const cloud::User& user);
/// Who may no longer what he might is asked who he is anew.
template <>
void follow_change(const Call& call, const cloud::User& before, const cloud::User* now);

}  // namespace wattle::api
