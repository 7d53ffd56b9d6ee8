using System.Runtime.InteropServices;
using System.Text;

namespace Postern.Interop.LibC;

/// <summary>What came of a question to the machine's resolver.</summary>
public enum QueryOutcome
{
    Answered,

    /// <summary>NXDOMAIN: there is no such name.</summary>
    NoSuchName,

    /// <summary>There is the name, and it has no record of this kind.</summary>
    NoRecord,

    /// <summary>SERVFAIL: a name server could not find out, often since a signature or a delegation is broken.</summary>
    ServerFailed,

    /// <summary>REFUSED, or another error: the name server does not do this for us.</summary>
    Refused,

    /// <summary>Nobody answered in time, or there is nobody to ask.</summary>
    NoAnswer,
}

/// <summary>Asks the machine's resolver (/etc/resolv.conf) for SRV records, which getaddrinfo(3) does not know.</summary>
public static unsafe partial class ServiceQuery
{
    /// <summary>The longest DNS message that there is.</summary>
    private const int MaxMessage = 65_535;

    private const int ClassIn = 1;
    private const int TypeSrv = 33;
    private const int HostNotFound = 1;
    private const int NoData = 4;

    /// <summary>RFC 1035 §4.1.1: in the header's third byte the bit that marks an answer, in its fourth the answer's code.</summary>
    private const byte IsAnswer = 0x80;
    private const byte CodeMask = 0x0f;
    private const int CodeServFail = 2;

    /// <summary>Blocks for as long as the resolver's configuration has it wait. The message is empty where nothing came.</summary>
    /// <param name="name">Absolute, of letters, digits, hyphens, underscores and dots.</param>
    /// <param name="message">The whole answer, unread.</param>
    public static QueryOutcome Ask(string name, out byte[] message)
    {
        byte[] text = [.. Encoding.ASCII.GetBytes(name), 0];
        byte[] answer = new byte[MaxMessage];
        int length;
        fixed (byte* n = text)
        fixed (byte* a = answer)
            length = res_query(n, ClassIn, TypeSrv, a, MaxMessage);
        message = length > 0 ? answer[..Math.Min(length, MaxMessage)] : [];
        if (length > 0)
            return QueryOutcome.Answered;
        return *__h_errno_location() switch
        {
            HostNotFound => QueryOutcome.NoSuchName,
            NoData => QueryOutcome.NoRecord,
            _ => Failure(answer),
        };
    }

    /// <summary>
    /// res_query(3) says "try again" of a server that failed and of one that was silent. What a server answered last is left in
    /// the buffer; where nobody answered, nothing is.
    /// </summary>
    private static QueryOutcome Failure(ReadOnlySpan<byte> answer)
    {
        if ((answer[2] & IsAnswer) == 0)
            return QueryOutcome.NoAnswer;
        return (answer[3] & CodeMask) == CodeServFail ? QueryOutcome.ServerFailed : QueryOutcome.Refused;
    }

    [LibraryImport("libc")]
    private static partial int res_query(byte* name, int @class, int type, byte* answer, int length);

    [LibraryImport("libc")]
    private static partial int* __h_errno_location();
}
