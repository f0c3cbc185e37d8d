#pragma once
// A store's file, and the folder that it stands in.

#include <string>

#include "shared/store/errors.hpp"

namespace wattle {

/// Makes what is missing of it, for its owner only.
Result<void> make_folder_of(const std::string& path);

/// So that the file's name, too, outlives a power cut.
Result<void> sync_folder_of(const std::string& path);

/// What other programs' calls have written into it, too.
Result<void> sync_file(const std::string& path);

}  // namespace wattle
