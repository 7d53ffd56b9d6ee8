using Postern.Configuration.Reading;

namespace Postern.Configuration.Validation;

/// <summary>The machine's own name is the default for hostname; where it cannot be said in a greeting, the operator must choose one.</summary>
internal sealed class GreetingName(Machine machine) : IRule
{
    public void Check(FileDraft file, ProblemList problems)
    {
        bool written = file.Server.Table?.Has("hostname") == true;
        if (!written && !ServerReader.IsGreetingName(machine.HostName))
        {
            Position at = file.Server.Table?.At ?? Position.None;
            problems.Error(at, "server.hostname", $"is missing, and the machine's name {Quoted.Word(machine.HostName)} cannot stand in a greeting: write hostname = \"mail.example.org\" in [server]");
        }
    }
}
