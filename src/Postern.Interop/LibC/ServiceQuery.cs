using System.Runtime.InteropServices;
using System.Text;

namespace Postern.Interop.LibC;

/// <summary>What came of a question to the machine's resolver.</summary>
public enum QueryOutcome
{
    Answered,

    /// <summary>The name does not exist, or has no record of this kind.</summary>
    NothingThere,

    /// <summary>No name server answered, or one failed.</summary>
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
        return *__h_errno_location() is HostNotFound or NoData ? QueryOutcome.NothingThere : QueryOutcome.NoAnswer;
    }

    [LibraryImport("libc")]
    private static partial int res_query(byte* name, int @class, int type, byte* answer, int length);

    [LibraryImport("libc")]
    private static partial int* __h_errno_location();
}
