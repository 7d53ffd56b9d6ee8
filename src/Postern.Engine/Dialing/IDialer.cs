using System.Net;
using System.Runtime.InteropServices;
using Postern.Engine.Gates;
using Postern.Interop.LibC;

namespace Postern.Engine.Dialing;

/// <summary>Whoever connects to backends for a thread that may not. It knows the addresses; a thread knows how many there are.</summary>
public interface IDialer
{
    /// <summary>
    /// Begins a connection to one of a gate's addresses. The answer is there at once, or it comes to
    /// <see cref="IDialClient.Dialled"/>, once, after this has returned.
    /// </summary>
    /// <param name="gate">Whose backend.</param>
    /// <param name="route">The route taken; negative for the gate's own backend.</param>
    /// <param name="index">Which of the addresses of <see cref="Gate.BackendOf"/>.</param>
    /// <param name="client">Who is told.</param>
    DialAnswer Dial(Gate gate, int route, int index, IDialClient client);

    /// <summary>
    /// The same, to an address in the world, for a gate with <see cref="Gate.Outbound"/>: of mail to the gate's port and no other, of XMPP to
    /// any that no mail is sent to, since SRV names it.
    /// </summary>
    DialAnswer DialHop(Gate gate, IPAddress address, int port, IDialClient client);

    /// <summary>The answer under this number is not waited for any more, and does not come.</summary>
    void GiveUp(uint number);
}

/// <summary>Who waits for an answer.</summary>
public interface IDialClient
{
    /// <param name="result">
    /// 0 when the connection stands, −<see cref="Errno.InProgress"/> when writability will say so, else minus errno or
    /// <see cref="DialAnswer.OwnAddress"/>.
    /// </param>
    /// <param name="fd">Non-blocking, close-on-exec, the client's; negative when there is none.</param>
    void Dialled(int result, int fd);
}

/// <summary>An answer, or the number of one that comes later.</summary>
/// <param name="Number">0: the answer is here.</param>
/// <param name="Result">As in <see cref="IDialClient.Dialled"/>.</param>
/// <param name="Fd">As there.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct DialAnswer(uint Number, int Result, int Fd)
{
    /// <summary>
    /// A host in the world was asked for by an address of this machine, to which nothing is sent. Above zero, where no errno is, but a number
    /// of its own: 1 is a refusal of the dialer's (docs/protocol/dialer.md).
    /// </summary>
    public const int OwnAddress = 2;

    /// <summary>For people: why there is no connection.</summary>
    public static string Describe(int result) => result == OwnAddress ? "it is an address of this machine" : Errno.Describe(result);

    public static DialAnswer Now(int result, int fd) => new(0, result, fd);

    public static DialAnswer Later(uint number) => new(number, 0, -1);
}
