# The completions of shells: the command prints them, so it has to run where it is built.
if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
  return()
endif()

function(mtproto_install_completion SHELL FILE FOLDER)
  set(output ${PROJECT_BINARY_DIR}/completions/${FILE})
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/completions
    COMMAND mtproto completion ${SHELL} > ${output}
    DEPENDS mtproto VERBATIM)
  add_custom_target(completion-${SHELL} ALL DEPENDS ${output})
  install(FILES ${output} DESTINATION ${CMAKE_INSTALL_DATADIR}/${FOLDER} RENAME ${FILE})
endfunction()

mtproto_install_completion(bash mtproto bash-completion/completions)
mtproto_install_completion(zsh _mtproto zsh/site-functions)
mtproto_install_completion(fish mtproto.fish fish/vendor_completions.d)
