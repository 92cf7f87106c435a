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


class MachineContext(dict):
    """The context object of one task; its task token says whose it is."""

    def __setitem__(self, key, value):
        if key == "Task" and "Token" in value:
            value = {**value, "Token": f"{self['StateMachine']['Id']}#{value['Token']}"}
        super().__setitem__(key, value)


def check_answers_by_machine():
    """Makes IAM judge states:SendTaskSuccess by the machine that waits, as AWS does.

    MiniStack judges it by "*", so that the only policy it lets through is one
    that may answer every machine of the account.
    """
    from ministack.core import iam_actions
    from ministack.services import stepfunctions

    original, execute = iam_actions.extract_resource_arn, stepfunctions._execute_task

    def execute_task(state_def, raw_input, execution, ctx):
        own = MachineContext(ctx)
        try:
            return execute(state_def, raw_input, execution, own)
        finally:
            ctx.update(own)

    def resource_arn(service, method, path, headers, body, *rest):
        token = iam_actions._safe_json_field(body, "taskToken") if service == "states" else ""
        machine, known, _ = (token or "").rpartition("#")
        return machine if known else original(service, method, path, headers, body, *rest)

    stepfunctions._execute_task = execute_task
    iam_actions.extract_resource_arn = resource_arn


def keep_nested_resources():
    """Leaves what is unchanged in a nested stack as it is.

    MiniStack forgets the attributes of such a resource, so that the second
    deploy fails, and takes a new tag for a reason to make an empty table under
    a new name.
    """
    from ministack.services.cloudformation import _stacks, provisioners

    update, name = provisioners._update_resource, provisioners._physical_name
    kept = {}

    def untagged(properties):
        return {k: v for k, v in properties.items() if k != "Tags"}

    def update_resource(kind, physical_id, old, new, stack, logical_id=None, attributes=None):
        if attributes is not None:  # no nested stack
            return update(kind, physical_id, old, new, stack, logical_id, attributes)
        attributes = _stacks.get(stack, {}).get("_resources", {}).get(logical_id, {}).get("Attributes") or {}
        if untagged(old) == untagged(new):
            return physical_id, attributes
        if kind == "AWS::DynamoDB::Table":
            kept[stack, logical_id] = physical_id
        try:
            return update(kind, physical_id, old, new, stack, logical_id, attributes)
        finally:
            kept.pop((stack, logical_id), None)

    def physical_name(stack, logical_id, *rest, **options):
        return kept.get((stack, logical_id)) or name(stack, logical_id, *rest, **options)

    provisioners._update_resource, provisioners._physical_name = update_resource, physical_name


def note_calls():
    """Writes who called what on what, once each, into the file calls.txt.

    A line is a decision of IAM: allowed or denied, role, action, resource. Of
    an object's key only the first folder is told, and below the id of a dossier
    the next: a test compares the file with the policies, and needs no more.
    """
    from ministack.core import iam_evaluator

    evaluate, enforce = iam_evaluator.evaluate, iam_evaluator.enforce
    known, lock, file = set(), threading.Lock(), open("calls.txt", "w", buffering=1)

    def note(decision, principal, action, resource):
        bucket, slash, key = resource.partition("/")
        if resource.startswith("arn:aws:s3:") and slash:
            folders = key.split("/")
            below = f"/{folders[2]}/*" if folders[0] == "dossier" and len(folders) > 3 else ""
            resource = f"{bucket}/{folders[0]}/*{below}"
        call = (decision, iam_evaluator._role_name_from_assumed_arn(principal), action, resource)
        with lock:
            if call not in known:
                known.add(call)
                file.write("\t".join(call) + "\n")

    # Also asked of the policy of a bucket or key, which need not allow what the role's does.
    def evaluated(ctx, *policies):
        result = evaluate(ctx, *policies)
        if result.decision == "Allow":
            note("allowed", ctx.principal_arn, ctx.action, ctx.resource_arn)
        return result

    def enforced(access_key, action, service, region, resource_arn="*", **rest):
        result = enforce(access_key, action, service, region, resource_arn=resource_arn, **rest)
        if isinstance(result, iam_evaluator.EvalResult):
            note("denied", result.principal_arn, action, resource_arn)
        return result

    iam_evaluator.evaluate, iam_evaluator.enforce = evaluated, enforced


def note_functions():
    """Writes what each call of a function took into the file functions.txt.

    A line is told when the function has answered: its name, when the call began
    and ended (seconds since 1970), its processor time (seconds) and the peak of
    the memory of its process so far (KiB).
    """
    from ministack.core import lambda_runtime

    invoke, lock = lambda_runtime.ProvidedWorker.invoke, threading.Lock()
    file, tick = open("functions.txt", "w", buffering=1), os.sysconf("SC_CLK_TCK")

    def taken(worker):
        try:
            with open(f"/proc/{worker._proc.pid}/stat") as stat, open(f"/proc/{worker._proc.pid}/status") as status:
                times = stat.read().rpartition(")")[2].split()
                peak = next(line.split()[1] for line in status if line.startswith("VmHWM:"))
            return worker._proc.pid, (int(times[11]) + int(times[12])) / tick, int(peak)
        except (AttributeError, OSError, StopIteration):
            return 0, 0, 0  # not started yet, ended, or this system does not tell

    def invoked(worker, *args, **options):
        before, began = taken(worker), time.time()
        try:
            return invoke(worker, *args, **options)
        finally:
            pid, cpu, peak = taken(worker)
            if pid == before[0]:
                cpu -= before[1]
            with lock:
                file.write(f"{worker.func_name}\t{began:.3f}\t{time.time():.3f}\t{cpu:.2f}\t{peak}\n")

    lambda_runtime.ProvidedWorker.invoke = invoked


threading.Thread(target=until_parent_is_gone, daemon=True).start()
note_calls()
note_functions()
check_sending_by_identity()
check_answers_by_machine()
keep_nested_resources()
try:
    from ministack.app import main

    main()
finally:
    end_functions()
