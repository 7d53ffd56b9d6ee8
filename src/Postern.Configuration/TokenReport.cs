using System.Collections.Immutable;
using Postern.Configuration.Forms;

namespace Postern.Configuration;

/// <summary>What is wrong with one key on a token.</summary>
/// <param name="Key">Its place in <see cref="KeySnapshot.Keys"/>.</param>
public sealed record TokenProblem(int Key, string Message);

/// <summary>What a process that tried the tokens found (docs/protocol/keys.md). Empty: every key signs, and belongs to its certificate.</summary>
public sealed record TokenReport(ImmutableArray<TokenProblem> Problems)
{
    public byte[] Write() => Form.Write(this, KeyForm.Report);

    /// <summary>Null when it is none: the process that wrote it had a vendor's library in it.</summary>
    public static TokenReport? Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Form.Read<TokenReport>(bytes, KeyForm.Report);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
