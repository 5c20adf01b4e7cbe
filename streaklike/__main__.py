from streaklike.cli.main import main

main()
