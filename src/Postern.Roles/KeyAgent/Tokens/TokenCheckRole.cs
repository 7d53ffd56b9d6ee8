using Postern.Configuration;
using Postern.Interop.LibC;
using Postern.Roles.Ipc;
using Postern.Roles.Sandbox;

namespace Postern.Roles.KeyAgent.Tokens;

/// <summary>
/// Tries the keys on tokens for <c>postern check</c>, as the key agent will use them, and ends.
/// <para>Purpose: that a vendor's library is in no process of root, and that what is found is what the key agent's user finds.</para>
/// <para>Trust: who started it.</para>
/// <para>Privilege: the key agent's (RoleList.TokenCheck).</para>
/// <para>Failure: whoever asked reads no report, and says so.</para>
/// </summary>
public static class TokenCheckRole
{
    public const string Name = "token-check";

    /// <summary>Descriptor 3: a stream, on which a KeySnapshot comes and a TokenReport goes.</summary>
    private const int Stream = Channel.InheritedFd;

    private const int MaxKeys = 16 * 1024 * 1024;

    public static int Run(Launched launched)
    {
        Privilege.ForbidGainAndDump();
        if (StreamSocket.ReceiveAll(Stream, MaxKeys) is not { } bytes)
            return 1;

        KeySnapshot snapshot = KeySnapshot.Read(bytes);
        Array.Clear(bytes);
        var keys = new TokenKeys();
        if (RoleSandbox.Enter(RoleList.TokenCheck, launched, out _, () => keys.Open(snapshot)) is not null)
            return 1;

        keys.Prove();
        bool sent = StreamSocket.SendAll(Stream, new TokenReport(keys.Problems).Write());

        // Not by way of the module's own last words: libraries of C++ that use OpenSSL fall over it at exit.
        ChildProcess.Leave(sent ? 0 : 1);
        return 1;
    }
}
