# Runs MiniStack for as long as standard input stays open, so that it never
# outlives the program that started it, however that program ended. Then takes
# the whole process group along: the Lambda functions run in it.
import os
import signal
import threading

STATE_IS_SAVED_WITHIN = 20  # seconds


def until_parent_is_gone():
    while os.read(0, 64):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    timer = threading.Timer(STATE_IS_SAVED_WITHIN, end_group)
    timer.daemon = True
    timer.start()


def end_group():
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)


threading.Thread(target=until_parent_is_gone, daemon=True).start()
try:
    from ministack.app import main

    main()
finally:
    end_group()
