# What every target shares: warnings as errors, sanitizers by preset, ccache and mold where they are present, and the two
# functions with which every folder declares its target.

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")

# g++ collects its garbage from 128 MB on, which costs 6 % of a build; no unit here comes near a gigabyte.
add_compile_options("$<$<COMPILE_LANG_AND_ID:CXX,GNU>:SHELL:--param ggc-min-heapsize=524288>")

set(WATTLE_SANITIZE "" CACHE STRING "Comma-separated sanitizers: address,undefined or thread")
option(WATTLE_FUZZ "Build the fuzz targets (needs clang-16)" OFF)

add_library(wattle_options INTERFACE)
target_include_directories(wattle_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(wattle_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Woverloaded-virtual
  # g++ 12 is wrong about small_vector and string at -O2
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overread>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>
  # Where clang says more than g++ does: a local name like one of another file that is compiled together with this; the rest in tests.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-shadow> $<$<CXX_COMPILER_ID:Clang>:-Wno-missing-braces>
  $<$<CXX_COMPILER_ID:Clang>:-Wno-pessimizing-move>
  -Werror)
if(WATTLE_SANITIZE)
  # The instrumentation hides from g++ what is initialised: it warns of Boost.Optional and of our own.
  target_compile_options(wattle_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_compile_options(-fsanitize=${WATTLE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WATTLE_SANITIZE})
endif()
if(WATTLE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Files of one folder read the same headers, which take more time than the files themselves: compiled eight together a clean build
# takes half the time (docs/decisions/0018-compiled-together.md). Off where files are to show that each stands alone.
option(WATTLE_TOGETHER "Compile the files of a folder together, where its CMakeLists.txt says so" ON)
function(compile_together target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${WATTLE_TOGETHER} UNITY_BUILD_BATCH_SIZE 8)
  # g++ 12 takes the frame of a coroutine for something that two files might define, since it stands in an included one.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endfunction()

# Of what is left the headers of the standard library are some two seconds of each unit: they are compiled once for each set of
# options (g++ takes a precompiled header only with those that it was made with). ccache keeps what depends on one only when it is
# told not to look at the times of headers.
option(WATTLE_PRECOMPILED "Compile the headers of the standard library once" ${WATTLE_TOGETHER})
if(CCACHE AND WATTLE_PRECOMPILED)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

set(pch_of_gnu $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)  # lets ccache see what comes from it

# standard_headers(NAME [OPTIONS option...] [ALSO header...]): the headers, and these, for targets with these options beside
# everybody's.
function(standard_headers name)
  cmake_parse_arguments(arg "" "" "OPTIONS;ALSO" ${ARGN})
  if(WATTLE_PRECOMPILED)
    add_library(${name} OBJECT ${PROJECT_SOURCE_DIR}/.ci/standard_headers.cpp)
    target_link_libraries(${name} PRIVATE wattle_options)
    target_compile_options(${name} PRIVATE ${pch_of_gnu} ${arg_OPTIONS})
    target_precompile_headers(${name} PRIVATE ${PROJECT_SOURCE_DIR}/.ci/standard_headers.hpp ${arg_ALSO})
  endif()
endfunction()

function(use_standard_headers target name)
  if(WATTLE_PRECOMPILED)
    target_compile_options(${target} PRIVATE ${pch_of_gnu})
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()

standard_headers(standard_headers)

# wattle_library(NAME [TOGETHER] DEPENDS lib...): every .cpp of the folder, as one static library. A folder without sources yet is
# an interface library, so that its users link the same either way.
function(wattle_library name)
  cmake_parse_arguments(arg "TOGETHER" "" "DEPENDS;EXCLUDE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  foreach(file ${arg_EXCLUDE})
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  endforeach()
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC ${arg_DEPENDS} PRIVATE wattle_options)
    target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
    use_standard_headers(${name} standard_headers)
    if(arg_TOGETHER)
      compile_together(${name})
    endif()
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${arg_DEPENDS})
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR})
  endif()
endfunction()

# quick_main(NAME): what a program's main.cpp does, reading the command line, happens once: it is compiled for a quick build.
function(quick_main name)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1> $<$<CONFIG:Release>:-g0>)
endfunction()
