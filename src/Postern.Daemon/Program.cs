using Postern.Interop.LibSsl;
using Postern.Roles.Dialer;
using Postern.Roles.KeyAgent;
using Postern.Roles.KeyAgent.Tokens;
using Postern.Roles.Supervisor;
using Postern.Roles.Worker;

namespace Postern.Daemon;

/// <summary>posternd: the supervisor, or, when it starts itself again, one of its roles.</summary>
internal static class Program
{
    private const int UsedWrongly = 2;

    private const string Usage = """
        usage: posternd -c FILE
               posternd --version | --help

        The Postern TLS gateway. FILE is a postern.toml (see postern.toml(5)).
        HUP reloads it, TERM drains, a second TERM stops.
        To try a configuration: postern check -c FILE
        """;

    private static int Main(string[] arguments)
    {
        OpenSslConfiguration.Ignore();
        switch (arguments)
        {
            case [WorkerRole.Name]:
                return WorkerRole.Run();

            case [DialerRole.Name]:
                return DialerRole.Run();

            case [KeyAgentRole.Name]:
                return KeyAgentRole.Run(withToken: false);

            case [KeyAgentRole.NameWithToken]:
                return KeyAgentRole.Run(withToken: true);

            case [TokenCheckRole.Name]:
                return TokenCheckRole.Run();

            case ["-c" or "--config", var file]:
                using (var supervisor = new Supervisor(file))
                    return supervisor.Run(Console.Error);

            case ["--version"]:
                Console.Out.WriteLine("posternd " + Supervisor.Version);
                return 0;

            case ["-h" or "--help"]:
                Console.Out.WriteLine(Usage);
                return 0;

            default:
                Console.Error.WriteLine(Usage);
                return UsedWrongly;
        }
    }
}
