#pragma once
// The folder that a store's file stands in.

#include <string>

#include "shared/store/errors.hpp"

namespace wattle {

/// Makes what is missing of it, for its owner only.
Result<void> make_folder_of(const std::string& path);

/// So that the file's name, too, outlives a power cut.
Result<void> sync_folder_of(const std::string& path);

}  // namespace wattle
