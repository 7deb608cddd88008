#!/usr/bin/env python3
"""usage: branch-check.py OBJDUMP OBJECT...

Proves from the machine code of the kernels for x86 that no secret reaches a branch or an address. Keys, texts and
hashes live in vector registers. Nothing may lead from these to a general register, to the flags or, by a gather, to an
address; then a branch can only depend on lengths, counters and pointers.
"""
import re
import subprocess
import sys

# What brings bits of a vector or a mask register to a general one or to the flags, or uses them as addresses.
FORBIDDEN = re.compile(r"(v?p?movmsk\w*|v?pextr\w|v?extractps|v?ptest|vtestp[sd]|v?u?comis[sd]|v?pcmp[ei]str[im]"
                       r"|vp?gather\w*|vp?scatter\w*|v?cvtt?s[sd]2si|k(or)?test[bwdq])$")
TO_GENERAL = re.compile(r"(v?mov[dq]|kmov[bwdq])$")
VECTOR = re.compile(r"%([xyz]mm\d+|k[0-7])\b")
GENERAL_LAST = re.compile(r",%(r\w+|e\w\w|[abcds][ilhpx]\w?)$")


def instructions(objdump, path):
    """(function, mnemonic, operands) of each instruction."""
    command = [objdump, "-d", "--no-show-raw-insn", path]
    function = None
    for line in subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines():
        head = re.match(r"[0-9a-f]+ <([^>]+)>:", line)
        if head:
            function = head.group(1)
            continue
        match = re.match(r"\s+[0-9a-f]+:\t(\S+)\s*(.*)$", line)
        if match:
            mnemonic, operands = match.groups()
            yield function, mnemonic, re.sub(r"\s*[#<].*$", "", operands).strip()


def finding(mnemonic, operands):
    """What is wrong with an instruction, or None."""
    if FORBIDDEN.match(mnemonic):
        return "takes bits out of a vector register"
    if TO_GENERAL.match(mnemonic) and VECTOR.match(operands) and GENERAL_LAST.search(operands):
        return "moves a vector register to a general one"
    return None


def check(objdump, path):
    count = bad = 0
    for function, mnemonic, operands in instructions(objdump, path):
        count += 1
        text = finding(mnemonic, operands)
        if text:
            print(f"{path}: {function}: {mnemonic} {operands}: {text}")
            bad += 1
    return count, bad


def self_test():
    """The rules fire on what they are for, and on nothing else."""
    wrong = [("pmovmskb", "%xmm0,%eax"), ("vptest", "%xmm0,%xmm0"), ("movq", "%xmm1,%rax"), ("vmovd", "%xmm1,%r8d"),
             ("pextrd", "$0x3,%xmm0,%eax"), ("kmovb", "%k1,%eax"), ("kortestb", "%k1,%k1"), ("ucomisd", "%xmm0,%xmm1")]
    right = [("movq", "%rax,%xmm1"), ("test", "%rax,%rax"), ("kmovb", "%eax,%k1"), ("movq", "%xmm0,(%rdi)"),
             ("vmovdqu64", "(%rax),%zmm1{%k1}{z}"), ("mov", "%rax,%rbx"), ("pshufd", "$0xe,%xmm0,%xmm1")]
    return all(finding(*each) for each in wrong) and not any(finding(*each) for each in right)


def main(objdump, *paths):
    total = 0
    failed = not paths
    if not self_test():
        print("the rules don't find what they should")
        failed = True
    for path in paths:
        count, bad = check(objdump, path)
        total += count
        failed = failed or bad > 0
    print(f"{total} instructions in {len(paths)} files")
    return 1 if failed or total == 0 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
