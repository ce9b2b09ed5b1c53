# How every folder says what it builds. One library a folder, its tests beside its sources.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
# No fused multiply-add behind our back: the same bits whatever the compiler decides to contract.
add_compile_options(-Wall -Wextra -Werror -ffp-contract=off)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false positives inside its own std::string and inside nlohmann_json.
  add_compile_options(-Wno-restrict -Wno-stringop-overread -Wno-array-bounds -Wno-maybe-uninitialized)
  add_link_options(-fuse-ld=mold)
endif()
set(COTERIE_SANITIZE "" CACHE STRING "sanitizers, as for -fsanitize=")
if(COTERIE_SANITIZE)
  add_compile_options(-fsanitize=${COTERIE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${COTERIE_SANITIZE})
endif()

# Under libFuzzer (make fuzz, clang only) undefined behaviour ends the run as an address error does.
option(COTERIE_FUZZ "count branches for libFuzzer" OFF)
if(COTERIE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,float-cast-overflow -fno-sanitize-recover=all)
endif()

# Eight sources of a library or a test are compiled as one: what they include is read once (ADR 20). So what is in their
# unnamed namespaces needs names of its own within the library. Off for tools that look at one file at a time.
option(COTERIE_UNITY "compile eight sources as one" ON)
function(coterie_unity name)
  if(COTERIE_UNITY)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    # GCC takes a source that is included for a header, whose types may not use an unnamed namespace.
    target_compile_options(${name} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# coterie_library(name SOURCES a.cc... DEPS lib...); ALONE: each source is compiled by itself.
function(coterie_library name)
  cmake_parse_arguments(ARG "ALONE" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  if(NOT ARG_ALONE)
    coterie_unity(${name})
  endif()
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${name} PUBLIC ${ARG_DEPS})
endfunction()

# coterie_test(name SOURCES a_test.cc... DEPS lib...): one GoogleTest binary, every TEST a ctest.
function(coterie_test name)
  cmake_parse_arguments(ARG "ALONE" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  if(NOT ARG_ALONE)
    coterie_unity(${name})
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(${name} PRIVATE -O1)  # what a test says of speed it says of the library; a third less to build
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS fast ENVIRONMENT "COTERIE_SOURCE=${CMAKE_SOURCE_DIR}")
endfunction()

# coterie_embed(target NAMESPACE ns FILES f...): each file becomes an entry of ns::embedded_files().
function(coterie_embed target)
  cmake_parse_arguments(ARG "" "NAMESPACE" "FILES" ${ARGN})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${target}_embedded.cc)
  set(files)
  foreach(file ${ARG_FILES})
    get_filename_component(path ${file} ABSOLUTE)
    list(APPEND files ${path})
  endforeach()
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DNAMESPACE=${ARG_NAMESPACE} "-DFILES=${files}" -P
            ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
