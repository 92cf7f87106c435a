# Runs MiniStack for as long as standard input stays open, so that it never
# outlives the program that started it, however that program ended. Then takes
# the whole process group along: the Lambda functions run in it.
import base64
import email
import email.policy
import email.utils
import os
import signal
import threading
import time

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


def end_functions():
    """Ends the functions' processes and waits for them: none stays, not even dead."""
    if os.getpgrp() != os.getpid():
        return
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            time.sleep(0.02)
    end_group()


def check_sending_by_identity():
    """Makes IAM judge ses:SendRawEmail by the identity that sends, as AWS does.

    MiniStack judges it by "*", so that the only policy it lets through is one
    that AWS would let send in any name.
    """
    from ministack.core import iam_actions

    original = iam_actions.extract_resource_arn

    def resource_arn(service, method, path, headers, body, query_params, region, account_id):
        def parameter(name):
            return iam_actions._query_param(query_params, name)

        if service != "ses" or parameter("Action") != "SendRawEmail":
            return original(service, method, path, headers, body, query_params, region, account_id)
        raw = base64.b64decode(parameter("RawMessage.Data"))
        message = email.message_from_bytes(raw, policy=email.policy.default)
        _, address = email.utils.parseaddr(parameter("Source") or str(message.get("From", "")))
        return f"arn:aws:ses:{region}:{account_id}:identity/{address.rpartition('@')[2].lower()}"

    iam_actions.extract_resource_arn = resource_arn


threading.Thread(target=until_parent_is_gone, daemon=True).start()
check_sending_by_identity()
try:
    from ministack.app import main

    main()
finally:
    end_functions()
