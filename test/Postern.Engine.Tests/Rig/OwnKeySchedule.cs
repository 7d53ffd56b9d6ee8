using System.Runtime.CompilerServices;
using Postern.Interop.LibSsl.Keys;

namespace Postern.Engine.Tests.Rig;

/// <summary>
/// The key schedule as workers have it, and so their record layer, for every test: loaded before the first handshake, since
/// OpenSSL remembers what it has once looked up. Keys in the tests are files', or some test's own agent's.
/// </summary>
internal sealed class OwnKeySchedule : IKeyAgent
{
    [ModuleInitializer]
    internal static void Load()
    {
        string problem = KeyProvider.Load(new OwnKeySchedule());
        if (problem.Length > 0)
            throw new InvalidOperationException(problem);
    }

    public int Sign(int key, SignatureScheme scheme, ReadOnlySpan<byte> message, Span<byte> signature) => 0;
}
