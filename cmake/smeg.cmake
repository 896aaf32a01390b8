# How a module, a program, a test and a fuzz target are built. What depends on what stands in lib/CMakeLists.txt.

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Protobuf REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
pkg_check_modules(simdjson REQUIRED IMPORTED_TARGET simdjson)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED CONFIG)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(mnl REQUIRED IMPORTED_TARGET libmnl)
pkg_check_modules(nftables REQUIRED IMPORTED_TARGET libnftables)
pkg_check_modules(ldns REQUIRED IMPORTED_TARGET ldns)
pkg_check_modules(qrencode REQUIRED IMPORTED_TARGET libqrencode)
pkg_check_modules(archive REQUIRED IMPORTED_TARGET libarchive)
# Debian's libjq-dev tells pkg-config nothing.
find_library(SMEG_JQ jq REQUIRED)
find_path(SMEG_JQ_INCLUDE jq.h REQUIRED)
add_library(jq::jq UNKNOWN IMPORTED)
set_target_properties(jq::jq PROPERTIES IMPORTED_LOCATION ${SMEG_JQ} INTERFACE_INCLUDE_DIRECTORIES ${SMEG_JQ_INCLUDE})

# Flags that everything of ours is compiled with; generated code takes smeg_flags alone.
add_library(smeg_flags INTERFACE)
target_compile_definitions(smeg_flags INTERFACE SMEG_VERSION="${PROJECT_VERSION}")
target_compile_options(smeg_flags INTERFACE -fPIE)
target_link_options(smeg_flags INTERFACE -pie -Wl,--as-needed)
if(SMEG_SANITIZE)
  target_compile_options(smeg_flags INTERFACE
    -fsanitize=${SMEG_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(smeg_flags INTERFACE -fsanitize=${SMEG_SANITIZE})
else()
  target_compile_options(smeg_flags INTERFACE -fstack-protector-strong)
  target_compile_definitions(smeg_flags INTERFACE _GLIBCXX_ASSERTIONS $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
  target_link_options(smeg_flags INTERFACE -Wl,-z,relro,-z,now)
endif()
if(SMEG_FUZZ)
  target_compile_options(smeg_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
add_library(smeg_warnings INTERFACE)
target_compile_options(smeg_warnings INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wswitch -Werror
  $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>)  # part of -Wconversion for clang, not for GCC

# The standard headers that most files include, compiled once for all: a fifth of the build's time. Off in the preset
# `dev`, so that a file that forgets an include is noticed.
if(SMEG_PCH)
  add_library(smeg_pch OBJECT ${CMAKE_CURRENT_LIST_DIR}/pch.cc)
  target_link_libraries(smeg_pch PRIVATE smeg_flags)
  target_compile_options(smeg_pch PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  target_precompile_headers(smeg_pch PRIVATE
    <algorithm> <array> <chrono> <compare> <cstdint> <cstring> <deque> <functional> <map> <memory> <optional> <random>
    <set> <span> <string> <string_view> <tl/expected.hpp> <unordered_map> <utility> <variant> <vector>)
endif()
function(smeg_precompiled target)
  if(SMEG_PCH)
    target_precompile_headers(${target} REUSE_FROM smeg_pch)
    # GCC 12 does not know precompiled system headers for such, and then warns falsely about std::string (PR 105329).
    target_compile_options(${target} PRIVATE
      $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess;-Wno-array-bounds;-Wno-restrict;-Wno-stringop-overflow;-Wno-stringop-overread>)
  endif()
endfunction()

# What a build's tests are called: unit.base, or asan.unit.base where the sanitizers watch.
set(SMEG_TEST_PREFIX "")
if(SMEG_SANITIZE MATCHES address)
  set(SMEG_TEST_PREFIX asan.)
elseif(SMEG_SANITIZE MATCHES thread)
  set(SMEG_TEST_PREFIX tsan.)
endif()

# smeg_test(NAME COMMAND program [argument...] LABELS label... [TIMEOUT seconds] [HOST | ALONE]): a test of this build. System
# tests of a build with sanitizers are for `./check --long`.
# HOST: it waits more than it works, and wants its processors at once when it does: one such at a time, begun before others,
# which fill the gaps at a lower priority. ALONE: it measures what others would disturb.
function(smeg_test name)
  cmake_parse_arguments(arg "HOST;ALONE" "TIMEOUT" "COMMAND;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  if(SMEG_SANITIZE AND "system" IN_LIST arg_LABELS)
    list(APPEND arg_LABELS long)
  endif()
  list(POP_FRONT arg_COMMAND program)
  if(TARGET ${program})
    set(program $<TARGET_FILE:${program}>)
  endif()
  set(test ${SMEG_TEST_PREFIX}${name})
  if(arg_HOST OR arg_ALONE)
    add_test(NAME ${test} COMMAND ${program} ${arg_COMMAND})
    set_tests_properties(${test} PROPERTIES RESOURCE_LOCK host COST 1000 RUN_SERIAL ${arg_ALONE})
  else()
    add_test(NAME ${test} COMMAND nice -n 5 ${program} ${arg_COMMAND})
  endif()
  set_tests_properties(${test} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
endfunction()

# smeg_module(NAME LAYER n [AND_BELOW] USES module... [HEADERS file...] [EXPORTS target...] [LIBRARIES library...])
# A static library of every .cc file in lib/NAME. LIBRARIES stay private to it, EXPORTS are its users' too. AND_BELOW
# and HEADERS are for tests/layering: the module may include what its USES may, and offers these headers beside NAME.h.
function(smeg_module name)
  cmake_parse_arguments(arg "AND_BELOW" "LAYER" "USES;HEADERS;EXPORTS;LIBRARIES" ${ARGN})
  set(folder ${CMAKE_CURRENT_SOURCE_DIR}/${name})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cc)
  file(GLOB headers CONFIGURE_DEPENDS ${folder}/*.h)
  if(NOT sources AND NOT headers)
    return()
  endif()
  if(sources)
    add_library(${name} STATIC ${sources})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/lib)
    target_link_libraries(${name}
      PUBLIC smeg_flags ${arg_USES} ${arg_EXPORTS} PRIVATE smeg_warnings ${arg_LIBRARIES})
    smeg_precompiled(${name})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR}/lib)
    target_link_libraries(${name} INTERFACE smeg_flags ${arg_USES} ${arg_EXPORTS})
  endif()
  set_property(GLOBAL APPEND PROPERTY SMEG_MODULES ${name})
endfunction()

# smeg_program(NAME USES module... [LIBRARIES library...]): the program of this folder. All but its main.cc is compiled as
# NAME_parts, for its unit tests to link as well.
function(smeg_program name)
  cmake_parse_arguments(arg "" "" "USES;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/main.cc)
  add_library(${name}_parts OBJECT ${sources})
  target_include_directories(${name}_parts PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name}_parts PUBLIC smeg_flags ${arg_USES} ${arg_LIBRARIES} PRIVATE smeg_warnings)
  add_executable(${name} main.cc)
  target_link_libraries(${name} PRIVATE ${name}_parts smeg_warnings)
  smeg_precompiled(${name}_parts)
  smeg_precompiled(${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  install(TARGETS ${name} RUNTIME)
  set_property(GLOBAL APPEND PROPERTY SMEG_PROGRAMS ${name})
endfunction()

# smeg_program_link(LINK NAME): a symbolic link to a program, beside it.
function(smeg_program_link link name)
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E create_symlink ${name} ${CMAKE_BINARY_DIR}/bin/${link} VERBATIM)
  install(FILES ${CMAKE_BINARY_DIR}/bin/${link} TYPE BIN)
endfunction()

# doctest's own main, compiled once for all test programs.
add_library(smeg_test_main OBJECT EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/unit/main.cc)
target_link_libraries(smeg_test_main PRIVATE smeg_flags smeg_warnings)

# smeg_test_program(NAME SOURCES file... USES module... [LIBRARIES library...]): a doctest program, run by its caller.
function(smeg_test_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE smeg_test_main smeg_warnings ${arg_USES} ${arg_LIBRARIES})
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)  # a quarter of their compile time
  smeg_precompiled(${name})
  set_property(GLOBAL APPEND PROPERTY SMEG_SANITIZED_TARGETS ${name})
endfunction()

# smeg_unit_test(MODULE [LIBRARIES library...]): one doctest program of every .cc file in tests/unit/MODULE.
function(smeg_unit_test module)
  cmake_parse_arguments(arg "" "" "LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${module}/*.cc)
  if(NOT sources OR NOT TARGET ${module})
    return()
  endif()
  smeg_test_program(unit_${module} SOURCES ${sources} USES ${module} LIBRARIES ${arg_LIBRARIES})
  smeg_test(unit.${module} COMMAND unit_${module} LABELS unit)
endfunction()

# smeg_fuzz(NAME USES module...): tests/fuzz/NAME.cc with its corpus in tests/fuzz/corpus/NAME.
# Without SMEG_FUZZ the same file is built as a plain program that replays the corpus, so that a finding stays found.
function(smeg_fuzz name)
  cmake_parse_arguments(arg "" "" "USES;LIBRARIES" ${ARGN})
  foreach(module ${arg_USES})
    if(NOT TARGET ${module})
      return()
    endif()
  endforeach()
  set(corpus ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  if(SMEG_FUZZ)
    add_executable(fuzz_${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/${name}.cc)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    smeg_test(fuzz.${name} LABELS fuzz
      COMMAND ${CMAKE_SOURCE_DIR}/tests/fuzz/run $<TARGET_FILE:fuzz_${name}> ${corpus})
  else()
    add_executable(fuzz_${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/${name}.cc ${CMAKE_SOURCE_DIR}/tests/fuzz/replay.cc)
    smeg_test(replay.${name} COMMAND fuzz_${name} ${corpus} LABELS replay)
  endif()
  target_include_directories(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(fuzz_${name} PRIVATE smeg_warnings ${arg_USES} ${arg_LIBRARIES})
  smeg_precompiled(fuzz_${name})
  set_property(GLOBAL APPEND PROPERTY SMEG_SANITIZED_TARGETS fuzz_${name})
endfunction()

# smeg_system_test(NAME [LONG] [ALONE | MACHINE] [ARGUMENTS ...] [SCRIPT file] [TIMEOUT seconds]): runs tests/system/NAME (or
# SCRIPT) with the built programs in SMEGD and SMEGCTL. LONG: only in `./check --long`. ALONE: as in smeg_test. MACHINE: it has
# a virtual machine of its own, and minds no others.
function(smeg_system_test name)
  cmake_parse_arguments(arg "LONG;ALONE;MACHINE" "SCRIPT;TIMEOUT" "ARGUMENTS" ${ARGN})
  if(NOT TARGET smegd OR NOT TARGET smegctl)
    return()
  endif()
  if(NOT arg_SCRIPT)
    set(arg_SCRIPT ${name})
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  set(labels system)
  if(arg_LONG)
    list(APPEND labels long)
  endif()
  set(how HOST)
  if(arg_MACHINE)
    set(how)
  elseif(arg_ALONE)
    set(how ALONE)
  endif()
  smeg_test(system.${name} ${how} COMMAND ${CMAKE_SOURCE_DIR}/tests/system/${arg_SCRIPT} ${arg_ARGUMENTS}
    LABELS ${labels} TIMEOUT ${arg_TIMEOUT})
  set_tests_properties(${SMEG_TEST_PREFIX}system.${name} PROPERTIES SKIP_RETURN_CODE 77
    ENVIRONMENT "SMEGD=$<TARGET_FILE:smegd>;SMEGCTL=$<TARGET_FILE:smegctl>")
endfunction()
