using System.Collections.Immutable;
using Postern.Interop.LibC;

namespace Postern.Roles.Sandbox;

/// <summary>Turns a list of system calls into a filter (seccomp(2), linux/seccomp.h, linux/bpf_common.h).</summary>
public static class SeccompProgram
{
    private const uint Allow = 0x7fff_0000;
    private const uint KillProcess = 0x8000_0000;

    private const uint ReturnErrno = 0x0005_0000;
    private const uint Denied = ReturnErrno | 13;

    /// <summary>glibc falls back to clone, whose flags a filter can read; those of clone3 stand in memory.</summary>
    private const uint NotThere = ReturnErrno | 38;

    private const int Clone3 = 435;

    private const uint ArchitectureX64 = 0xc000_003e;
    private const uint ArchitectureArm64 = 0xc000_00b7;

    /// <summary>x86-64 only: the same calls by other numbers (x32).</summary>
    private const uint X32 = 0x4000_0000;

    // Offsets in struct seccomp_data: nr, arch, instruction_pointer, args[6] of 8 bytes each.
    private const uint Number = 0;
    private const uint ArchitectureAt = 4;

    private const ushort Load = 0x20;
    private const ushort JumpEqual = 0x15;
    private const ushort JumpGreaterOrEqual = 0x35;
    private const ushort JumpAnyBit = 0x45;
    private const ushort And = 0x54;
    private const ushort Return = 0x06;

    private const uint ProtectionExecute = 4;
    private const uint CloneThread = 0x0001_0000;

    /// <summary>What fork() of glibc asks for: CHILD_SETTID, CHILD_CLEARTID, and a signal at the child's end.</summary>
    private const uint CloneFork = 0x0120_00ff;
    private const uint SignalKill = 9, FirstNegative = 0x8000_0000;
    private const uint ModeFilter = 1, AllThreads = 1;
    private const uint FastOpen = 0x2000_0000;
    private const uint TypeMask = 0xf, TypeStream = 1, TypeDatagram = 2;
    private const uint FamilyUnix = 1, FamilyInet = 2, FamilyInet6 = 10;

    public static ImmutableArray<FilterInstruction> Compile(ImmutableArray<SystemCall> calls, bool arm64, int processId)
    {
        List<FilterInstruction> program =
        [
            new(Load, 0, 0, ArchitectureAt),
            new(JumpEqual, 1, 0, arm64 ? ArchitectureArm64 : ArchitectureX64),
            new(Return, 0, 0, KillProcess),
            new(Load, 0, 0, Number),
        ];
        if (!arm64)
        {
            program.Add(new(JumpGreaterOrEqual, 0, 1, X32));
            program.Add(new(Return, 0, 0, KillProcess));
        }

        foreach (SystemCall call in calls)
        {
            int number = arm64 ? call.Arm64 : call.X64;
            if (number == SystemCall.None)
                continue;

            FilterInstruction[] body = Body(call.Condition, (uint)processId);
            program.Add(new(JumpEqual, 0, (byte)body.Length, (uint)number));
            program.AddRange(body);
        }

        program.Add(new(JumpEqual, 0, 1, Clone3));
        program.Add(new(Return, 0, 0, NotThere));
        program.Add(new(Return, 0, 0, Denied));
        return [.. program];
    }

    /// <summary>What follows when the number is the one; every way through it ends in a return.</summary>
    private static FilterInstruction[] Body(Condition condition, uint processId) => condition switch
    {
        Condition.NotExecutable => WithoutFlag(2, ProtectionExecute),
        Condition.ThreadOnly =>
        [
            LoadArgument(0), new(JumpAnyBit, 0, 1, CloneThread), new(Return, 0, 0, Allow), new(Return, 0, 0, Denied),
        ],
        Condition.ChildOnly =>
        [
            LoadArgument(0), new(JumpAnyBit, 0, 1, ~CloneFork), new(Return, 0, 0, Denied), new(Return, 0, 0, Allow),
        ],
        Condition.StreamFamilies =>
        [
            LoadArgument(0), new(JumpEqual, 3, 0, FamilyInet), new(JumpEqual, 2, 0, FamilyInet6), new(JumpEqual, 1, 0, FamilyUnix),
            new(Return, 0, 0, Denied),
            LoadArgument(1), new(And, 0, 0, TypeMask), new(JumpEqual, 0, 1, TypeStream), new(Return, 0, 0, Allow), new(Return, 0, 0, Denied),
        ],
        Condition.InternetFamilies =>
        [
            LoadArgument(0), new(JumpEqual, 2, 0, FamilyInet), new(JumpEqual, 1, 0, FamilyInet6), new(Return, 0, 0, Denied),
            LoadArgument(1), new(And, 0, 0, TypeMask), new(JumpEqual, 1, 0, TypeStream), new(JumpEqual, 0, 1, TypeDatagram),
            new(Return, 0, 0, Allow), new(Return, 0, 0, Denied),
        ],
        Condition.OwnProcess =>
        [
            LoadArgument(0), new(JumpEqual, 0, 1, processId), new(Return, 0, 0, Allow), new(Return, 0, 0, Denied),
        ],
        Condition.OneKilled =>
        [
            LoadArgument(0), new(JumpEqual, 4, 0, 0), new(JumpGreaterOrEqual, 3, 0, FirstNegative),
            LoadArgument(1), new(JumpEqual, 0, 1, SignalKill), new(Return, 0, 0, Allow), new(Return, 0, 0, Denied),
        ],
        Condition.UnixFamily =>
        [
            LoadArgument(0), new(JumpEqual, 0, 1, FamilyUnix), new(Return, 0, 0, Allow), new(Return, 0, 0, Denied),
        ],
        Condition.FilterOnly =>
        [
            LoadArgument(0), new(JumpEqual, 0, 3, ModeFilter),
            LoadArgument(1), new(JumpEqual, 0, 1, AllThreads), new(Return, 0, 0, Allow), new(Return, 0, 0, Denied),
        ],
        Condition.SendToConnected => WithoutFlag(3, FastOpen),
        Condition.SendMessageConnected => WithoutFlag(2, FastOpen),
        _ => [new(Return, 0, 0, Allow)],
    };

    private static FilterInstruction[] WithoutFlag(int argument, uint flag) =>
        [LoadArgument(argument), new(JumpAnyBit, 1, 0, flag), new(Return, 0, 0, Allow), new(Return, 0, 0, Denied)];

    /// <summary>The lower half of an argument: the conditions look at flags and small numbers, which have no upper half.</summary>
    private static FilterInstruction LoadArgument(int index) => new(Load, 0, 0, (uint)(16 + (8 * index)));
}
